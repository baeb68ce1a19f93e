//! `[attention]`: who is reminded, relieved and paged.

use serde::Deserialize;

use super::ConfigError;
use crate::domain::SupportDuration;
use crate::domain::attention::{Attention, Lease};
use crate::domain::target;

/// How long before a claim ends its holder is warned, unless the settings say otherwise.
const CLAIM_WARNING: SupportDuration = SupportDuration::from_minutes(120);

/// The section as it is written.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Section {
    claim_lease: Option<Length>,
    claim_warning: Option<Length>,
}

/// Support time, as in `4h`.
#[derive(Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
struct Length(SupportDuration);

impl TryFrom<String> for Length {
    type Error = target::LengthError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        target::read_length(&text).map(Self)
    }
}

impl Section {
    /// What it means, once it is known to be whole.
    pub(super) fn read(&self) -> Result<Attention, ConfigError> {
        Ok(Attention {
            claim_lease: self.lease()?,
        })
    }

    fn lease(&self) -> Result<Option<Lease>, ConfigError> {
        let refuse = |why: &str| Err(ConfigError::new(format!("attention.{why}.")));
        let Some(Length(length)) = self.claim_lease else {
            return match self.claim_warning {
                None => Ok(None),
                Some(_) => refuse("claim_warning is set, but claim_lease is not: set both or none"),
            };
        };
        let warning = self.claim_warning.map_or(CLAIM_WARNING, |length| length.0);
        if warning >= length {
            return refuse(
                "claim_warning must be shorter than claim_lease: somebody is warned before a claim ends",
            );
        }
        Ok(Some(Lease { length, warning }))
    }
}
