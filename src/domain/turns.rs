//! Whose turn it was: with the team, with the asker, with nobody, one after the other.
//!
//! The clock of the resolution runs while it is the team's turn and stands still otherwise. Whose
//! turn it is depends on whose answer counts, so both are kept: after an answer of the community
//! the asker is on turn where anyone's answer counts, and still the team where only staff's does.
//!
//! It is stored as a short text, `A` and the milliseconds since the entry before in base 36, because
//! every message writes its ticket: six characters for each change of turn.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::policy::AnsweredBy;
use super::{Timestamp, from_millis};

/// Every change of turn of a ticket, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Turns(Vec<(Timestamp, After)>);

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
        self.0.is_empty()
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
        match self.0.last() {
            Some((_, last)) if same.contains(last) => {}
            None if after != After::Asked => {}
            _ => self.0.push((at, after)),
        }
    }

    /// The times with the team, in order and apart, where these people's answers count.
    pub fn with_team(&self, answered_by: AnsweredBy) -> Vec<Span> {
        let mut spans: Vec<Span> = Vec::new();
        for (at, after) in &self.0 {
            let open = spans.last_mut().filter(|span| span.until.is_none());
            let ends = match after {
                After::Asked => {
                    if open.is_none() {
                        spans.push(Span {
                            from: *at,
                            until: None,
                        });
                    }
                    continue;
                }
                After::Community => answered_by == AnsweredBy::Anyone,
                After::Staff | After::Over => true,
            };
            if let (Some(span), true) = (open, ends) {
                span.until = Some(*at);
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

impl Serialize for Turns {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&Written(self))
    }
}

struct Written<'turns>(&'turns Turns);

impl fmt::Display for Written<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write as _;
        let mut before = 0;
        for (at, after) in &self.0.0 {
            let millis = at.timestamp_millis();
            f.write_char(after.letter())?;
            base_36(f, millis - before)?;
            before = millis;
        }
        Ok(())
    }
}

/// Writes a number with the digits 0 to 9 and a to z.
fn base_36(f: &mut fmt::Formatter<'_>, number: i64) -> fmt::Result {
    use fmt::Write as _;
    if number < 0 {
        f.write_char('-')?;
    }
    let number = number.unsigned_abs();
    let mut place = 1_u64;
    while number / place >= 36 {
        place *= 36;
    }
    while place > 0 {
        // Below 36, by the remainder.
        let digit = u32::try_from(number / place % 36).unwrap_or_default();
        f.write_char(char::from_digit(digit, 36).unwrap_or('0'))?;
        place /= 36;
    }
    Ok(())
}

impl<'de> Deserialize<'de> for Turns {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(from)?;
        read(&text).ok_or_else(|| serde::de::Error::custom("these are no turns"))
    }
}

fn read(text: &str) -> Option<Turns> {
    let mut turns = Vec::new();
    let mut before = 0_i64;
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let after = After::of(letter)?;
        rest = rest.get(letter.len_utf8()..)?;
        let end = rest.find(|c: char| c.is_ascii_uppercase());
        let (digits, next) = rest.split_at_checked(end.unwrap_or(rest.len()))?;
        before = before.checked_add(i64::from_str_radix(digits, 36).ok()?)?;
        turns.push((from_millis(before)?, after));
        rest = next;
    }
    Some(Turns(turns))
}

#[cfg(test)]
mod tests {
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
