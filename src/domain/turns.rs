//! Whose turn it was: with the team, with the asker, with nobody, one after the other.
//!
//! The clock of the resolution runs while it is the team's turn and stands still otherwise. Whose
//! turn it is depends on whose answer counts, so both are kept: after an answer of the community
//! the asker is on turn where anyone's answer counts, and still the team where only staff's does.
//!
//! It is kept and stored as a short text, `A` and the milliseconds since the entry before in base 36,
//! because every message writes its ticket: some seven characters for each change of turn. It is read
//! only by those who ask how long the team had it.
//!
//! It does not grow for ever, because then each message would cost more than the one before, and more
//! memory. Beyond some 75 changes of turn, twice what the longest of 2,900 real help threads has, the
//! shortest turns go, and their time to others of the same kind: what each of them had in all stays
//! what it was, by the clock on the wall. In office hours it stays so but for a turn that moves across
//! their end.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::policy::AnsweredBy;
use super::{Timestamp, from_millis};

/// How long the text becomes, at most.
const MOST_BYTES: usize = 512;

/// How many bytes an entry takes, at most.
const ENTRY_BYTES: usize = 16;

/// The room for the text grows in steps of so many bytes. Thousands of texts come and go, each a little
/// longer than before: doubled, their room would be half empty, and fitted, of a size that none of the
/// next ones can use again.
const STEP_BYTES: usize = 128;

/// A text that is too long loses one in so many of its entries.
const ONE_IN: usize = 4;

/// Every change of turn of a ticket, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Turns {
    /// All of them, as they are stored.
    text: String,
    /// The last one and its milliseconds; the next one's are counted from there.
    last: Option<(i64, After)>,
}

/// What happened, as far as it changes whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum After {
    /// The asker wrote, or it was reopened.
    Asked,
    /// Somebody of the community answered.
    Community,
    /// Staff answered.
    Staff,
    /// It was resolved, or is gone.
    Over,
}

/// Time with the team: `[from, until)`; no end while it lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Since when.
    pub from: Timestamp,
    /// Until when.
    pub until: Option<Timestamp>,
}

impl Turns {
    /// Nobody has asked yet.
    pub fn is_empty(&self) -> bool {
        self.last.is_none()
    }

    /// How much memory its text takes.
    pub(super) fn bytes_elsewhere(&self) -> usize {
        self.text.capacity()
    }

    pub(super) fn asked(&mut self, at: Timestamp) {
        self.turn(at, After::Asked, &[After::Asked]);
    }

    pub(super) fn answered(&mut self, at: Timestamp, staff: bool) {
        if staff {
            self.turn(at, After::Staff, &[After::Staff, After::Over]);
        } else {
            let same = [After::Community, After::Staff, After::Over];
            self.turn(at, After::Community, &same);
        }
    }

    pub(super) fn over(&mut self, at: Timestamp) {
        self.turn(at, After::Over, &[After::Over]);
    }

    /// Notes what happened, unless it changes nothing after these.
    fn turn(&mut self, at: Timestamp, after: After, same: &[After]) {
        match self.last {
            Some((_, last)) if same.contains(&last) => return,
            None if after != After::Asked => return,
            _ => self.push(at.timestamp_millis(), after),
        }
        if self.text.len() > MOST_BYTES {
            self.shorten();
        }
    }

    fn push(&mut self, millis: i64, after: After) {
        let before = self.last.map_or(0, |(before, _)| before);
        let (taken, needed) = (self.text.len(), self.text.len() + ENTRY_BYTES);
        if needed > self.text.capacity() {
            let room = needed.next_multiple_of(STEP_BYTES) - taken;
            self.text.reserve_exact(room);
        }
        self.text.push(after.letter());
        base_36(&mut self.text, millis - before);
        self.last = Some((millis, after));
    }

    /// Takes the shortest turns out. The first one stays, and the last.
    fn shorten(&mut self) {
        let entries = entries(&self.text).flatten();
        let mut all: Vec<_> = entries
            .map(|(at, after)| (at.timestamp_millis(), after))
            .collect();
        let wanted = all.len() - all.len() / ONE_IN;
        while all.len() > wanted && take_out_shortest(&mut all) {}
        *self = Self::default();
        for (millis, after) in all {
            self.push(millis, after);
        }
    }

    /// The times with the team, in order and apart, where these people's answers count.
    pub fn with_team(&self, answered_by: AnsweredBy) -> Vec<Span> {
        let mut spans: Vec<Span> = Vec::new();
        for (at, after) in entries(&self.text).flatten() {
            let open = spans.last_mut().filter(|span| span.until.is_none());
            let ends = match after {
                After::Asked => {
                    if open.is_none() {
                        spans.push(Span {
                            from: at,
                            until: None,
                        });
                    }
                    continue;
                }
                After::Community => answered_by == AnsweredBy::Anyone,
                After::Staff | After::Over => true,
            };
            if let (Some(span), true) = (open, ends) {
                span.until = Some(at);
            }
        }
        spans
    }
}

impl After {
    fn letter(self) -> char {
        match self {
            Self::Asked => 'A',
            Self::Community => 'C',
            Self::Staff => 'S',
            Self::Over => 'X',
        }
    }

    fn of(letter: char) -> Option<Self> {
        [Self::Asked, Self::Community, Self::Staff, Self::Over]
            .into_iter()
            .find(|after| after.letter() == letter)
    }
}

/// Takes out the shortest turn that may go and gives its time to the one of its kind before it; those
/// between the two come so much later. `false` where none may go.
fn take_out_shortest(all: &mut Vec<(i64, After)>) -> bool {
    let found = all.windows(3).enumerate().filter_map(|(at, window)| {
        let [(_, before), (from, kind), (until, after)] = window else {
            return None;
        };
        let earlier = all.get(..at)?.iter().rposition(|(_, it)| it == kind)?;
        let joined = before == after;
        // Since when the last one lasts is not to change.
        let ends = joined && at + 3 == all.len();
        // The community's turn begins after a question, or nobody knows of it.
        let hides = *after == After::Community && *before != After::Asked && !joined;
        (!ends && !hides).then_some((until - from, earlier + 1..at + 1, joined))
    });
    let Some((time, between, joined)) = found.min_by_key(|(time, ..)| *time) else {
        return false;
    };
    let gone = between.end;
    for (at, _) in all.iter_mut().take(gone).skip(between.start) {
        *at += time;
    }
    all.drain(gone..=gone + usize::from(joined));
    true
}

/// Writes a number with the digits 0 to 9 and a to z.
fn base_36(text: &mut String, number: i64) {
    if number < 0 {
        text.push('-');
    }
    let number = number.unsigned_abs();
    let mut place = 1_u64;
    while number / place >= 36 {
        place *= 36;
    }
    while place > 0 {
        // Below 36, by the remainder.
        let digit = u32::try_from(number / place % 36).unwrap_or_default();
        text.push(char::from_digit(digit, 36).unwrap_or('0'));
        place /= 36;
    }
}

/// The entries of a text; `None` where it cannot be read, which ends them.
fn entries(text: &str) -> impl Iterator<Item = Option<(Timestamp, After)>> {
    let (mut before, mut rest) = (0, text);
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let Some((at, after, next)) = first(rest, before) else {
            rest = "";
            return Some(None);
        };
        (before, rest) = (at.timestamp_millis(), next);
        Some(Some((at, after)))
    })
}

/// The first entry of a text, and what follows it.
fn first(text: &str, before: i64) -> Option<(Timestamp, After, &str)> {
    let mut chars = text.chars();
    let after = After::of(chars.next()?)?;
    let text = chars.as_str();
    let end = text.find(|c: char| c.is_ascii_uppercase());
    let (digits, next) = text.split_at_checked(end.unwrap_or(text.len()))?;
    let millis = before.checked_add(i64::from_str_radix(digits, 36).ok()?)?;
    Some((from_millis(millis)?, after, next))
}

impl Serialize for Turns {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Turns {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(from)?;
        read(&text).ok_or_else(|| serde::de::Error::custom("these are no turns"))
    }
}

fn read(text: &str) -> Option<Turns> {
    let mut last = None;
    for entry in entries(text) {
        let (at, after) = entry?;
        last = Some((at.timestamp_millis(), after));
    }
    Some(Turns {
        text: text.to_owned(),
        last,
    })
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use proptest::prelude::*;

    use super::*;

    fn at(millis: i64) -> Timestamp {
        from_millis(millis).unwrap()
    }

    fn spans(turns: &Turns, answered_by: AnsweredBy) -> Vec<(i64, Option<i64>)> {
        let spans = turns.with_team(answered_by);
        let millis = |at: Timestamp| at.timestamp_millis();
        spans
            .iter()
            .map(|span| (millis(span.from), span.until.map(millis)))
            .collect()
    }

    #[test]
    fn whose_turn_it_is_depends_on_whose_answer_counts() {
        let mut turns = Turns::default();
        turns.answered(at(1), true);
        assert!(turns.is_empty());
        turns.asked(at(10));
        turns.asked(at(11));
        turns.answered(at(20), false);
        turns.asked(at(30));
        turns.answered(at(40), true);
        turns.answered(at(50), false);
        turns.over(at(60));
        turns.asked(at(70));
        assert_eq!(
            spans(&turns, AnsweredBy::Anyone),
            [(10, Some(20)), (30, Some(40)), (70, None)]
        );
        assert_eq!(
            spans(&turns, AnsweredBy::Staff),
            [(10, Some(40)), (70, None)]
        );
    }

    /// Questions and answers by turns, so many, with pauses of all lengths between them, most of them
    /// short; when the last one was, and how long the team had it where anyone's answers count, and where
    /// staff's do.
    fn talked(entries: u32, answered_by: &[bool]) -> (Turns, i64, [TimeDelta; 2]) {
        let mut random = fastrand::Rng::with_seed(7);
        let (mut turns, mut millis, mut with_team, mut has_staff) =
            (Turns::default(), 0, [0; 2], true);
        for entry in 0..entries {
            let pause = 1_000_i64 << random.u32(0..16);
            let asks = entry % 2 == 0;
            millis += pause;
            with_team[0] += if asks { 0 } else { pause };
            with_team[1] += if asks && has_staff { 0 } else { pause };
            if asks {
                turns.asked(at(millis));
            } else {
                has_staff = answered_by[entry as usize / 2 % answered_by.len()];
                turns.answered(at(millis), has_staff);
            }
        }
        (turns, millis, with_team.map(TimeDelta::milliseconds))
    }

    fn sums(turns: &Turns, until: i64) -> [TimeDelta; 2] {
        [AnsweredBy::Anyone, AnsweredBy::Staff].map(|by| {
            let spans = turns.with_team(by).into_iter();
            let lengths = spans.map(|span| span.until.unwrap_or(at(until)) - span.from);
            lengths.sum()
        })
    }

    #[test]
    fn a_turn_takes_a_few_bytes_and_is_as_it_was() {
        for answered_by in [&[true][..], &[false], &[true, false, false]] {
            let (turns, until, with_team) = talked(70, answered_by);
            assert_eq!(turns.with_team(AnsweredBy::Anyone).len(), 35);
            assert!(turns.text.len() < 480, "{} bytes", turns.text.len());
            assert_eq!(sums(&turns, until), with_team);
        }
    }

    #[test]
    fn however_long_people_talk_it_stays_small_and_the_figures_right() {
        for answered_by in [&[true][..], &[false], &[true, false, false]] {
            let (turns, until, with_team) = talked(10_001, answered_by);
            assert!(turns.text.len() <= MOST_BYTES, "{}", turns.text.len());
            assert_eq!(turns.last, Some((until, After::Asked)));
            let last = turns.with_team(AnsweredBy::Staff).pop().unwrap();
            assert_eq!(last.until, None);
            assert_eq!(sums(&turns, until), with_team, "{answered_by:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_taken_out_changes_nobodys_time(steps in proptest::collection::vec((1_i64..9_999, 0..4), 0..140)) {
            let (mut turns, mut millis) = (Turns::default(), 0);
            for (pause, what) in steps {
                millis += pause;
                match what {
                    0 => turns.asked(at(millis)),
                    1 => turns.answered(at(millis), false),
                    2 => turns.answered(at(millis), true),
                    _ => turns.over(at(millis)),
                }
            }
            let before = turns.clone();
            turns.shorten();
            prop_assert_eq!(sums(&turns, millis), sums(&before, millis));
            prop_assert_eq!(turns.last, before.last);
            let all = |turns: &Turns| entries(&turns.text).flatten().collect::<Vec<_>>();
            let (all, before) = (all(&turns), all(&before));
            prop_assert_eq!(all.first(), before.first());
            prop_assert!(all.is_sorted_by_key(|(at, _)| *at));
            // Of so few there may be none that can go.
            prop_assert!(all.len() <= before.len() - before.len() / ONE_IN || before.len() < 12);
        }

        #[test]
        fn what_is_written_is_read(steps in proptest::collection::vec((any::<i32>(), 0..4), 0..40)) {
            let mut turns = Turns::default();
            let mut millis = 0_i64;
            for (step, what) in steps {
                // Before 1970 and backwards as well: a fold never does that, a reader must bear it.
                millis += i64::from(step);
                match what {
                    0 => turns.asked(at(millis)),
                    1 => turns.answered(at(millis), false),
                    2 => turns.answered(at(millis), true),
                    _ => turns.over(at(millis)),
                }
            }
            let text = serde_json::to_string(&turns).unwrap();
            prop_assert_eq!(serde_json::from_str::<Turns>(&text).unwrap(), turns);
        }

        #[test]
        fn no_text_panics(text in "[ACSX0-9a-z-]{0,40}|\\PC{0,20}") {
            if let Some(turns) = read(&text) {
                prop_assert!(turns.with_team(AnsweredBy::Staff).len() <= text.len());
            }
        }
    }
}
