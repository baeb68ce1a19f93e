//! The key to the door.

use std::fmt::Write as _;
use std::io;

use secrecy::{ExposeSecret as _, SecretString};
use subtle::ConstantTimeEq as _;

/// The token that serenity shows at the door instead of the bot's. Made anew at each start.
#[derive(Clone, Debug)]
pub(super) struct LocalToken(SecretString);

impl LocalToken {
    /// 256 random bits, in three parts with dots between them, as serenity's check of tokens asks.
    pub(super) fn random() -> io::Result<Self> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(io::Error::other)?;
        let mut text = "sameday.local.".to_owned();
        for byte in bytes {
            write!(text, "{byte:02x}").unwrap_or_default();
        }
        Ok(Self(text.into()))
    }

    /// Whether this is the token, with or without `Bot ` before it. Takes as long for any wrong
    /// token of the right length.
    pub(super) fn admits(&self, shown: &str) -> bool {
        let shown = shown.strip_prefix("Bot ").unwrap_or(shown);
        shown
            .as_bytes()
            .ct_eq(self.0.expose_secret().as_bytes())
            .into()
    }

    pub(super) fn secret(&self) -> &SecretString {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serenity_takes_it_and_only_it_is_admitted() {
        let (token, other) = (LocalToken::random().unwrap(), LocalToken::random().unwrap());
        let text = token.secret().expose_secret();
        assert!(serenity::utils::token::validate(text).is_ok());
        assert!(token.admits(text));
        assert!(token.admits(&format!("Bot {text}")));
        for wrong in [
            "",
            "Bot ",
            "Bot",
            text.trim_start_matches("same"),
            other.secret().expose_secret(),
        ] {
            assert!(!token.admits(wrong), "{wrong:?}");
        }
    }
}
