//! Issues that may be about the same.

use crate::discord::{Broken, Data};
use crate::domain::ids::GuildId;
use crate::domain::issue::similar::{likeness, telling_words};
use crate::domain::issue::{IssueState, Known, Similar};
use crate::github::Bridge;

/// How many are shown: as many as have room for a button each.
const MOST: usize = 5;

/// How alike two titles have to be, in percent of their words, for one to be shown.
const ALIKE: u32 = 20;

/// How many words are searched for. GitHub takes five ORs.
const MOST_WORDS: usize = 6;

/// How long each may be: a search takes 256 characters.
const LONGEST_WORD: usize = 24;

/// The open issues most like a title: those that other threads hang on, and what GitHub finds.
/// When GitHub does not answer, there are fewer, and that is said.
pub(super) async fn find(
    data: &Data,
    bridge: &Bridge,
    guild: GuildId,
    repository: &str,
    title: &str,
) -> Result<(Vec<Similar>, bool), Broken> {
    let mut found: Vec<(u32, Similar)> = Vec::new();
    for (known, threads) in data.store.list_open_issues(guild).await? {
        add(&mut found, title, known, threads);
    }
    let mut words = telling_words(title);
    words.retain(|word| word.chars().count() <= LONGEST_WORD);
    words.truncate(MOST_WORDS);
    let mut searched = true;
    if !words.is_empty() {
        match bridge.client.search(repository, &words).await {
            Ok(issues) => {
                for known in issues {
                    add(&mut found, title, known, 0);
                }
            }
            Err(error) => {
                tracing::warn!(%error, "likely duplicates could not be searched for");
                searched = false;
            }
        }
    }
    found.sort_by_key(|(alike, similar)| std::cmp::Reverse((*alike, similar.threads)));
    found.truncate(MOST);
    let found = found.into_iter().map(|(_, similar)| similar);
    Ok((found.collect(), searched))
}

fn add(found: &mut Vec<(u32, Similar)>, title: &str, known: Known, threads: u32) {
    let alike = likeness(title, &known.title);
    let there = found.iter().any(|(_, similar)| similar.name == known.name);
    if known.state == IssueState::Open && alike >= ALIKE && !there {
        let similar = Similar {
            name: known.name,
            title: known.title,
            threads,
        };
        found.push((alike, similar));
    }
}
