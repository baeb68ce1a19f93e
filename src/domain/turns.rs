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
//! It does not grow for ever, because then each message would cost more than the one before. Beyond
//! some thousand changes of turn, many times what people need for one question, the shortest turns are
//! counted to those around them: by turns in the team's favour and in the asker's, so that what each
//! of them had in all stays nearly what it was.

use std::ops::Range;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::policy::AnsweredBy;
use super::{Timestamp, from_millis};

/// How long the text becomes, at most.
const MOST_BYTES: usize = 8 << 10;

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

    /// Counts the shortest turns to those around them. The first one stays, and the last.
    fn shorten(&mut self) {
        let entries = entries(&self.text).flatten();
        let mut all: Vec<_> = entries
            .map(|(at, after)| (at.timestamp_millis(), after))
            .collect();
        let wanted = all.len() - all.len() / ONE_IN;
        let mut too_long_with_team = 0;
        while all.len() > wanted {
            let to_team = too_long_with_team <= 0;
            let found = shortest(&all, to_team).or_else(|| shortest(&all, !to_team));
            let Some((time, entries)) = found else {
                break;
            };
            too_long_with_team += if to_team { time } else { -time };
            all.drain(entries);
        }
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

/// What may go so that the least time changes hands, and how much that is: entries that lead from a
/// turn to one of the same kind. Of any five entries two are of the same kind.
fn shortest(all: &[(i64, After)], to_team: bool) -> Option<(i64, Range<usize>)> {
    let but_last = all.get(..all.len().checked_sub(1)?)?;
    let found = but_last.iter().enumerate().filter_map(|(at, (_, after))| {
        if (*after == After::Asked) != to_team {
            return None;
        }
        let mut later = but_last.iter().enumerate().skip(at + 1).take(4);
        let (again, (until, _)) = later.find(|(_, (_, later))| later == after)?;
        let (from, _) = but_last.get(at + 1)?;
        Some((until - from, at + 1..again + 1))
    });
    found.min_by_key(|(time, _)| *time)
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

    /// Questions and answers by turns, so many, with pauses of all lengths between them, most of them short.
    fn talked(entries: u32, answered_by: &[bool]) -> (Turns, i64, TimeDelta) {
        let mut random = fastrand::Rng::with_seed(7);
        let (mut turns, mut millis, mut with_team) = (Turns::default(), 0, 0);
        for entry in 0..entries {
            let pause = 1_000_i64 << random.u32(0..16);
            if entry % 2 == 0 {
                millis += pause;
                turns.asked(at(millis));
            } else {
                with_team += pause;
                millis += pause;
                let staff = answered_by.get(entry as usize / 2 % answered_by.len());
                turns.answered(at(millis), *staff.unwrap());
            }
        }
        (turns, millis, TimeDelta::milliseconds(with_team))
    }

    fn sum(turns: &Turns, until: i64) -> TimeDelta {
        let spans = turns.with_team(AnsweredBy::Anyone).into_iter();
        let lengths = spans.map(|span| span.until.unwrap_or(at(until)) - span.from);
        lengths.sum()
    }

    #[test]
    fn a_turn_takes_a_few_bytes_and_is_as_it_was() {
        let (turns, until, with_team) = talked(1_000, &[true]);
        assert_eq!(turns.with_team(AnsweredBy::Staff).len(), 500);
        assert!(turns.text.len() < 6_000, "{} bytes", turns.text.len());
        assert_eq!(sum(&turns, until), with_team);
    }

    #[test]
    fn however_long_people_talk_it_stays_small_and_the_figures_nearly_right() {
        for answered_by in [&[true][..], &[false], &[true, false, false]] {
            let (turns, until, with_team) = talked(10_001, answered_by);
            assert!(turns.text.len() <= MOST_BYTES, "{}", turns.text.len());
            assert_eq!(turns.last, Some((until, After::Asked)));
            let last = turns.with_team(AnsweredBy::Staff).pop().unwrap();
            assert_eq!(last.until, None);
            let wrong = (sum(&turns, until) - with_team).abs();
            assert!(wrong * 30 < with_team, "{wrong} of {with_team}");
        }
    }

    proptest! {
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
