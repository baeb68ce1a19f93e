//! What is set about GitHub.

use chrono::TimeDelta;

use super::{Comments, Consent, Replies};
use crate::domain::ids::{ChannelId, TagId};
use crate::domain::offer::Offers;

/// The rules of the bridge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BridgeSettings {
    /// The repositories, in order. At least one.
    pub repositories: Vec<RepositoryRule>,
    /// Whether the asker has a say.
    pub consent: Consent,
    /// Whether a comment on the issue counts its threads, at most once a day.
    pub count_threads: bool,
    /// Whether threads are told of labels.
    pub labels_told: bool,
    /// How often an issue is looked at that no webhook tells of, on the day on which something happened to
    /// it.
    pub poll: TimeDelta,
    /// When it is offered, unasked, to make a ticket an issue.
    pub offers: Offers,
    /// Whose comments are told in the threads.
    pub comments: Comments,
    /// Whose messages are said on the issue.
    pub replies: Replies,
}

/// A repository, and which tickets are for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RepositoryRule {
    /// `owner/name`.
    pub name: String,
    /// Only threads of these channels; of all, when empty.
    pub channels: Vec<ChannelId>,
    /// Only posts that had one of these tags; all, when empty.
    pub tags: Vec<TagId>,
    /// The labels that a new issue gets.
    pub labels: Vec<String>,
}

impl BridgeSettings {
    /// The rule for a ticket: the first that matches, else the first of all.
    pub fn rule_for(&self, channel: Option<ChannelId>, tags: &[TagId]) -> Option<&RepositoryRule> {
        let matches = |rule: &&RepositoryRule| {
            let here = channel.is_some_and(|channel| rule.channels.contains(&channel));
            let tagged = tags.iter().any(|tag| rule.tags.contains(tag));
            (rule.channels.is_empty() || here) && (rule.tags.is_empty() || tagged)
        };
        self.repositories
            .iter()
            .find(matches)
            .or(self.repositories.first())
    }

    /// The rule of a repository.
    pub fn find(&self, name: &str) -> Option<&RepositoryRule> {
        self.repositories
            .iter()
            .find(|rule| rule.name.eq_ignore_ascii_case(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channel_and_tag_choose_the_repository() {
        let rule = |name: &str, channels: &[u64], tags: &[u64]| RepositoryRule {
            name: name.to_owned(),
            channels: channels.iter().copied().map(ChannelId).collect(),
            tags: tags.iter().copied().map(TagId).collect(),
            labels: Vec::new(),
        };
        let settings = BridgeSettings {
            repositories: vec![
                rule("a/one", &[1], &[7]),
                rule("a/two", &[1], &[]),
                rule("a/three", &[], &[8]),
            ],
            consent: Consent::Tell,
            count_threads: true,
            labels_told: false,
            poll: TimeDelta::minutes(5),
            offers: Offers::default(),
            comments: Comments::Off,
            replies: Replies::Off,
        };
        let chosen = |channel: u64, tags: &[u64]| {
            let tags: Vec<TagId> = tags.iter().copied().map(TagId).collect();
            let rule = settings.rule_for(Some(ChannelId(channel)), &tags);
            rule.map(|rule| rule.name.as_str())
        };
        assert_eq!(chosen(1, &[7]), Some("a/one"));
        assert_eq!(chosen(1, &[]), Some("a/two"));
        assert_eq!(chosen(2, &[8]), Some("a/three"));
        assert_eq!(chosen(2, &[]), Some("a/one"));
        assert!(settings.find("A/Two").is_some());
    }
}
