//! What people hand in with a command or attach to messages: fetched from where Discord keeps it, and from
//! nowhere else.
//!
//! The address comes from Discord. It is held against Discord's own hosts all the same, no
//! redirect is followed and no token goes along, so that nothing that a person writes makes this
//! machine ask another.

use std::time::Duration;

use reqwest::{Client, Url, redirect};
use serenity::model::channel::Attachment;

use crate::gateway::rest::Base;

/// Where Discord keeps attachments. Source: Discord's reference, "Image Formatting" and "Signed
/// Attachment CDN URLs".
const HOSTS: [&str; 2] = ["cdn.discordapp.com", "media.discordapp.net"];

/// How long one may take to come.
const PATIENCE: Duration = Duration::from_secs(10);

/// Fetches attachments.
#[derive(Clone, Debug)]
pub struct Attachments {
    http: Client,
    /// Where a simulated Discord on this machine keeps them.
    local: Option<String>,
}

/// Why an attachment was not read. Each has its own sentence in `text`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum NotFetched {
    /// Larger than what it is for can be.
    #[error("it is larger than {most} bytes")]
    TooLarge {
        /// How large it may be.
        most: usize,
    },
    /// No text.
    #[error("it is not UTF-8 text")]
    NoText,
    /// It did not come, and may come later.
    #[error("it did not come")]
    NotCome,
    /// It is not there.
    #[error("it is not there")]
    Gone,
}

impl Attachments {
    /// For the Discord at this address.
    ///
    /// # Errors
    /// When the system's TLS cannot be used.
    pub fn new(base: &Base) -> reqwest::Result<Self> {
        let local = base.is_plain().then(|| base.to_string());
        let mut http = Client::builder()
            .redirect(redirect::Policy::none())
            .timeout(PATIENCE);
        if local.is_some() {
            http = http.no_proxy();
        }
        let http = http.build()?;
        Ok(Self { http, local })
    }

    /// The text in an attachment of at most so many bytes.
    pub(super) async fn fetch(
        &self,
        attachment: &Attachment,
        most: usize,
    ) -> Result<String, NotFetched> {
        if usize::try_from(attachment.size).map_or(true, |size| size > most) {
            return Err(NotFetched::TooLarge { most });
        }
        let bytes = self.bytes(&attachment.url, most).await?;
        String::from_utf8(bytes).map_err(|_| NotFetched::NoText)
    }

    /// What is at an address of Discord's, at most so many bytes.
    pub(super) async fn bytes(&self, url: &str, most: usize) -> Result<Vec<u8>, NotFetched> {
        let url = self.address(url).ok_or(NotFetched::Gone)?;
        let mut answer = self.http.get(url).send().await.map_err(lost)?;
        let status = answer.status();
        if !status.is_success() {
            tracing::warn!(status = status.as_u16(), "an attachment was not given");
            let gone = matches!(status.as_u16(), 400..408 | 410);
            return Err(if gone {
                NotFetched::Gone
            } else {
                NotFetched::NotCome
            });
        }
        let mut bytes = Vec::new();
        while let Some(more) = answer.chunk().await.map_err(lost)? {
            if bytes.len() + more.len() > most {
                return Err(NotFetched::TooLarge { most });
            }
            bytes.extend_from_slice(&more);
        }
        Ok(bytes)
    }

    /// The address, if it is one of Discord's.
    fn address(&self, text: &str) -> Option<Url> {
        let url = Url::parse(text).ok()?;
        let host = url.host_str()?;
        let discords = url.scheme() == "https"
            && HOSTS.contains(&host)
            && url.port().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        let ours = self.local.as_ref() == Some(&url.origin().ascii_serialization());
        (discords || ours).then_some(url)
    }
}

/// Never with the address: it is signed, and whoever has it can read the file.
fn lost(error: reqwest::Error) -> NotFetched {
    tracing::warn!(error = %error.without_url(), "an attachment did not come");
    NotFetched::NotCome
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_discord_s_own_hosts_are_asked() {
        let discord = Attachments::new(&Base::parse("https://discord.com").unwrap()).unwrap();
        let local = Attachments::new(&Base::parse("http://127.0.0.1:9").unwrap()).unwrap();
        let own = [
            "https://cdn.discordapp.com/ephemeral-attachments/1/2/a.toml?ex=1&is=2&hm=3",
            "https://media.discordapp.net/attachments/1/2/a.ics",
        ];
        for url in own {
            assert!(
                discord.address(url).is_some() && local.address(url).is_some(),
                "{url}"
            );
        }
        let others = [
            "http://cdn.discordapp.com/a",
            "https://cdn.discordapp.com.example/a",
            "https://cdn.discordapp.com:444/a",
            "https://me@cdn.discordapp.com/a",
            "https://example.com/cdn.discordapp.com",
            "http://169.254.169.254/latest",
            "http://127.0.0.1:10/a",
            "file:///etc/passwd",
        ];
        for url in others {
            assert!(
                discord.address(url).is_none() && local.address(url).is_none(),
                "{url}"
            );
        }
        assert!(local.address("http://127.0.0.1:9/a").is_some());
        assert!(discord.address("http://127.0.0.1:9/a").is_none());
    }
}
