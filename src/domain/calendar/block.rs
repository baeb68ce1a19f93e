//! Blocks of support hours, as people write them: `09:00-12:30`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The minutes of a day by the clock on the wall; `24:00` is its end.
const MINUTES_PER_DAY: u16 = 24 * 60;

/// One stretch of support hours of a day, in local wall-clock time: from its opening up to, and
/// not including, its closing.
///
/// The hours are those that the clock on the wall shows. How long a block lasts in real time is a
/// matter of the date: a night in which the clocks change is an hour longer or shorter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Block {
    opens: u16,
    closes: u16,
}

/// Why a text is no block. Each is a sentence to be shown to whoever wrote it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlockError {
    /// Not of the form `HH:MM-HH:MM`.
    #[error(
        "`{0}` is not a block of support hours: write opening and closing from 00:00 to 24:00, such as `09:00-12:30`"
    )]
    Form(String),
    /// It closes when or before it opens.
    #[error(
        "the support hours `{0}` end before they begin: hours that run past midnight are two blocks, such as `22:00-24:00` and, on the next day, `00:00-06:00`"
    )]
    Order(String),
}

impl Block {
    /// The whole day.
    pub const WHOLE_DAY: Self = Self {
        opens: 0,
        closes: MINUTES_PER_DAY,
    };

    /// When it opens, in minutes after midnight by the clock on the wall.
    pub fn opens(self) -> u16 {
        self.opens
    }

    /// When it closes, in minutes after midnight by the clock on the wall; at most 1440.
    pub fn closes(self) -> u16 {
        self.closes
    }

    /// Whether it closes with the day, at `24:00`.
    pub fn closes_at_midnight(self) -> bool {
        self.closes == MINUTES_PER_DAY
    }
}

impl FromStr for Block {
    type Err = BlockError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let form = || BlockError::Form(text.to_owned());
        let (opens, closes) = text.split_once('-').ok_or_else(form)?;
        let opens = minute_of_day(opens.trim()).ok_or_else(form)?;
        let closes = minute_of_day(closes.trim()).ok_or_else(form)?;
        if closes <= opens {
            return Err(BlockError::Order(text.to_owned()));
        }
        Ok(Self { opens, closes })
    }
}

impl TryFrom<String> for Block {
    type Error = BlockError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Block> for String {
    fn from(block: Block) -> Self {
        block.to_string()
    }
}

impl fmt::Display for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { opens, closes } = self;
        write!(
            f,
            "{:02}:{:02}-{:02}:{:02}",
            opens / 60,
            opens % 60,
            closes / 60,
            closes % 60
        )
    }
}

fn minute_of_day(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let two_digits = |part: &str, fewest: usize| {
        let form = (fewest..=2).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        form.then(|| part.parse::<u16>().ok()).flatten()
    };
    let (hours, minutes) = (two_digits(hours, 1)?, two_digits(minutes, 2)?);
    let minute = hours * 60 + minutes;
    (minutes < 60 && minute <= MINUTES_PER_DAY).then_some(minute)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_read_and_write() {
        for (text, written) in [
            ("09:00-12:30", "09:00-12:30"),
            ("9:00 - 17:00", "09:00-17:00"),
            ("00:00-24:00", "00:00-24:00"),
            ("23:59-24:00", "23:59-24:00"),
        ] {
            let block: Block = text.parse().unwrap();
            assert_eq!(block.to_string(), written, "{text}");
            assert_eq!(written.parse(), Ok(block));
        }
        assert_eq!("0:00-24:00".parse(), Ok(Block::WHOLE_DAY));
    }

    #[test]
    fn what_is_no_block_is_refused_in_a_sentence() {
        for text in [
            "",
            "-",
            "09:00",
            "9-17",
            "09:00-17",
            "09:00-17:60",
            "09:00-24:01",
            "25:00-26:00",
            "09:00–17:00",
            "+9:00-17:00",
            "09:5-17:00",
            "009:00-17:00",
            "a:b-c:d",
            "09:00-12:00-17:00",
        ] {
            let error = text.parse::<Block>().unwrap_err();
            assert_eq!(error, BlockError::Form(text.to_owned()));
            assert!(
                error.to_string().contains("such as `09:00-12:30`"),
                "{error}"
            );
        }
        for text in ["17:00-09:00", "09:00-09:00", "24:00-24:00"] {
            let error = text.parse::<Block>().unwrap_err();
            assert_eq!(error, BlockError::Order(text.to_owned()));
        }
    }
}
