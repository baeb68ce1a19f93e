//! What differs, and is worth saying.

use serde::{Deserialize, Serialize};

use super::{CloseReason, IssueName, IssueState, Known, Reading};

/// Something about an issue that the threads on it are told, once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "news", rename_all = "snake_case")]
pub enum News {
    /// It was closed.
    Closed {
        /// As what.
        reason: CloseReason,
        /// The pull request that fixed it, where that is known.
        by: Option<IssueName>,
    },
    /// It was opened again.
    Reopened,
    /// It is in another place now.
    Moved {
        /// Where it was.
        from: IssueName,
    },
    /// It has another title.
    Renamed {
        /// The new one: text from people.
        title: String,
    },
    /// It has other labels.
    Labelled {
        /// Labels that were added.
        added: Vec<String>,
        /// Labels that were taken away.
        removed: Vec<String>,
    },
    /// It was deleted, or we may no longer see it.
    Gone,
    /// A release has the fix: the asker is asked whether it works.
    Released {
        /// The release's tag.
        tag: String,
        /// Whether it was seen to have the fix. Otherwise it is only the first one since.
        #[serde(default)]
        certain: bool,
    },
}

/// Takes a reading in: what is known now, and what of it is news. A reading that is older than what
/// is known (requests overtake each other) changes nothing.
pub fn take(known: &Known, reading: &Reading) -> (Known, Vec<News>) {
    let now: &Known = match reading {
        Reading::Gone => {
            if known.state == IssueState::Gone {
                return (known.clone(), Vec::new());
            }
            let gone = Known {
                state: IssueState::Gone,
                ..known.clone()
            };
            return (gone, vec![News::Gone]);
        }
        Reading::There { now } => now,
    };
    if now.updated_at < known.updated_at {
        return (known.clone(), Vec::new());
    }
    let mut news = Vec::new();
    if now.name != known.name {
        news.push(News::Moved {
            from: known.name.clone(),
        });
    }
    if now.title != known.title {
        news.push(News::Renamed {
            title: now.title.clone(),
        });
    }
    let (added, removed) = difference(&known.labels, &now.labels);
    if !added.is_empty() || !removed.is_empty() {
        news.push(News::Labelled { added, removed });
    }
    news.extend(turned(known, now));
    let mut next = now.clone();
    // What a reading has no word of is not unsaid by it.
    if next.fix.is_none() && next.is_fixed() {
        next.fix.clone_from(&known.fix);
    }
    // A fix that was reopened is to be released again.
    let released = now.released_in.as_ref().filter(|_| now.is_fixed());
    let before = known.released_in.as_ref().filter(|_| now.is_fixed());
    next.released_in = released.or(before).cloned();
    if let (Some(tag), None) = (released, before) {
        news.push(News::Released {
            tag: tag.clone(),
            certain: next.fix_commit().is_some(),
        });
    }
    (next, news)
}

/// Whether it was closed or opened.
fn turned(known: &Known, now: &Known) -> Option<News> {
    match (known.state, now.state) {
        (before, IssueState::Closed { reason, at }) => {
            let same = matches!(before, IssueState::Closed { reason: old, at: then } if old == reason && then == at);
            (!same).then(|| News::Closed {
                reason,
                by: now.fix.as_ref().and_then(|fix| fix.by.clone()),
            })
        }
        (IssueState::Closed { .. }, IssueState::Open) => Some(News::Reopened),
        (IssueState::Open | IssueState::Gone, IssueState::Open) | (_, IssueState::Gone) => None,
    }
}

fn difference(before: &[String], after: &[String]) -> (Vec<String>, Vec<String>) {
    let missing = |from: &[String], other: &[String]| {
        let alone = from.iter().filter(|label| !other.contains(label));
        alone.cloned().collect()
    };
    (missing(after, before), missing(before, after))
}
