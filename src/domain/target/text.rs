//! Targets and warnings as the settings write them.

use std::fmt;
use std::str::FromStr;

use super::length::{self, LengthError};
use super::{DEFAULT_LAST_CALL, SupportDuration, Target, Warning};

/// Why a text is no target.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0}; a target is support time (`4h`), wall time (`1h wall`), `same day` or `same day, last call 3h`"
)]
pub struct TargetError(#[from] LengthError);

/// Why a text is no warning.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WarningError {
    /// No length, nor a share.
    #[error("{0}; a warning is a time before the due time (`2h`) or a share of the target (`75%`)")]
    Lead(#[from] LengthError),
    /// A share outside 1% to 100%.
    #[error("`{0}` is not a share of the target: write a whole number from `1%` to `100%`")]
    Share(String),
}

impl FromStr for Target {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if text == "same day" {
            return Ok(Self::SAME_DAY);
        }
        if let Some(lead) = text.strip_prefix("same day, last call ") {
            let last_call = SupportDuration::new(length::read(lead)?);
            return Ok(Self::SameDay { last_call });
        }
        if let Some(length) = text.strip_suffix(" wall") {
            return Ok(Self::Wall(length::read(length)?));
        }
        Ok(Self::Support(SupportDuration::new(length::read(text)?)))
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Support(length) => length::write(f, length.length()),
            Self::Wall(length) => {
                length::write(f, length)?;
                f.write_str(" wall")
            }
            Self::SameDay { last_call } if last_call == DEFAULT_LAST_CALL => {
                f.write_str("same day")
            }
            Self::SameDay { last_call } => {
                f.write_str("same day, last call ")?;
                length::write(f, last_call.length())
            }
        }
    }
}

impl FromStr for Warning {
    type Err = WarningError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let Some(percent) = text.strip_suffix('%') else {
            return Ok(Self::Lead(length::read(text)?));
        };
        match percent.trim().parse::<u8>() {
            Ok(percent @ 1..=100) => Ok(Self::Share(percent)),
            _ => Err(WarningError::Share(text.to_owned())),
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Lead(lead) => length::write(f, lead),
            Self::Share(percent) => write!(f, "{percent}%"),
        }
    }
}

impl TryFrom<String> for Target {
    type Error = TargetError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Target> for String {
    fn from(target: Target) -> Self {
        target.to_string()
    }
}

impl TryFrom<String> for Warning {
    type Error = WarningError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Warning> for String {
    fn from(warning: Warning) -> Self {
        warning.to_string()
    }
}
