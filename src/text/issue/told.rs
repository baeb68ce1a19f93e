//! What threads are told of their issue, and the issue of its threads.

use super::{link, link_known, linked_to};
use crate::domain::ids::UserId;
use crate::domain::issue::{CloseReason, Comment, IssueName, Known, News};
use crate::domain::offer::Why;
use crate::text::{clean, count, person, triage};

/// The team is offered to make it an issue.
pub fn offered(why: Why) -> String {
    let why = match why {
        Why::Kind { kind } => format!("This is {}.", triage::a_kind(kind)),
        Why::Said => "The team says that this is a bug.".to_owned(),
        Why::Old => "This is open for quite a while.".to_owned(),
    };
    format!(
        "{why} For the team: shall it become an issue on GitHub, so that it is fixed at its root? I ask \
         once; `/issue` does the same at any time."
    )
}

/// In the place of an offer that was let be.
pub fn declined(by: UserId) -> String {
    format!(
        "No issue for now, says {}. `/issue` makes one at any time.",
        person(by)
    )
}

/// The asker is asked for consent.
pub fn may_i(asker: Option<UserId>, repository: &str, with_files: bool) -> String {
    let to = asker.map_or_else(String::new, |asker| format!("{}, ", person(asker)));
    let what = if with_files {
        "written and attached"
    } else {
        "written"
    };
    format!(
        "{to}the team would like to open an issue in {} on GitHub with what was {what} here, so that \
         it gets fixed at its root. May I? It is public. Until you say yes, nothing is sent.",
        clean::plain(repository, 100)
    )
}

/// Whoever wrote a secret is told.
pub fn left_out(by: UserId) -> String {
    format!(
        "{}, what you wrote here looks like it holds a password or a key. I left it out, but everybody can \
         read it in this thread: please delete it here and change it.",
        person(by)
    )
}

/// What a thread is told, once.
pub fn opened(known: &Known, asker: Option<UserId>, redacted: u32, tell: bool) -> String {
    let more = match (asker, redacted) {
        (Some(asker), 1..) => format!("\n{}", left_out(asker)),
        (Some(asker), 0) if tell => format!(
            "\n{}, what was written here stands in it, for everybody to read.",
            person(asker)
        ),
        _ => String::new(),
    };
    format!(
        "This is now {} on GitHub. I'll say here when something happens there.{more}",
        link_known(known)
    )
}

/// The thread hangs on an issue that was there.
pub fn linked(known: &Known, others: usize) -> String {
    let more = match others {
        0 => String::new(),
        n => format!(
            " {} about the same.",
            count(n, "other thread is", "other threads are")
        ),
    };
    format!(
        "This is {} on GitHub: {}.{more} I'll say here when something happens there.",
        link_known(known),
        clean::plain(&known.title, 100)
    )
}

/// GitHub does not answer.
pub const DELAYED: &str = "GitHub does not take the issue just now. It waits here and is opened as \
                           soon as GitHub does; nobody has to do anything.";

/// GitHub refused.
pub fn refused(status: Option<u16>) -> String {
    let why = match status {
        None => "I am not connected with GitHub any more",
        Some(403 | 404) => "I may not open issues in that repository",
        Some(410) => "that repository has no issues",
        Some(422) => "GitHub does not take the text or the labels as they are",
        Some(_) => "GitHub refused it",
    };
    format!("The issue was not opened: {why}. Use `/issue` to try again.")
}

/// The asker did not answer in time.
pub const EXPIRED: &str =
    "Nobody said yes, so no issue was opened, and I have forgotten the draft.";

/// What a thread is told of its issue.
pub fn news(known: &Known, news: &News, asker: Option<UserId>) -> String {
    let name = link_known(known);
    match news {
        News::Closed { reason, by } => match (reason, by) {
            (CloseReason::Completed, Some(by)) => format!(
                "Fixed: {} was merged, and {name} is closed. I'll say here when a release has it.",
                link(by)
            ),
            (CloseReason::Completed, None) => {
                format!("{name} is closed as completed. I'll say here when a release has it.")
            }
            (CloseReason::NotPlanned, _) => format!("{name} is closed as not planned."),
            (CloseReason::Duplicate, _) => format!("{name} is closed as a duplicate."),
        },
        News::Reopened => format!("{name} is open again."),
        News::Moved { from } => format!("{} is now {name}.", clean::plain(&from.to_string(), 120)),
        News::Renamed { title } => format!("{name} is now called: {}", clean::plain(title, 200)),
        News::Labelled { added, removed } => {
            let list = |labels: &[String]| {
                let plain: Vec<String> =
                    labels.iter().map(|label| clean::plain(label, 50)).collect();
                plain.join(", ")
            };
            match (added.is_empty(), removed.is_empty()) {
                (false, true) => format!("{name} was labelled {}.", list(added)),
                (true, _) => format!("{name} is no longer labelled {}.", list(removed)),
                (false, false) => format!(
                    "{name} was labelled {}, and no longer {}.",
                    list(added),
                    list(removed)
                ),
            }
        }
        News::Gone => format!(
            "{} was deleted on GitHub, or I may no longer see it. This thread stays as it is.",
            clean::plain(&known.name.to_string(), 120)
        ),
        News::Released { tag, certain } => {
            let to = asker.map_or_else(String::new, |asker| format!("{}, ", person(asker)));
            let tag = clean::plain(tag, 80);
            if *certain {
                format!("{to}{name} is fixed in **{tag}**. Does it work for you?")
            } else {
                format!(
                    "{to}{name} is closed as completed, and **{tag}** is the first release since then. \
                     GitHub does not tell which commit fixed it, so I can't be sure that it is in there. \
                     Does it work for you?"
                )
            }
        }
    }
}

/// How many threads hang on an issue, said on GitHub.
pub fn counted(threads: &[String]) -> String {
    let list: Vec<String> = threads.iter().map(|thread| format!("* {thread}")).collect();
    format!(
        "{} about this on Discord:\n\n{}",
        count(threads.len(), "help thread is", "help threads are"),
        list.join("\n")
    )
}

/// How many lines of a comment are told, and how much of each.
const COMMENT_LINES: usize = 12;
const COMMENT_LINE: usize = 80;

/// Above what somebody said on the issue.
pub fn comment(name: &IssueName, comment: &Comment) -> String {
    let there = match &comment.url {
        Some(url) => linked_to(name, url),
        None => link(name),
    };
    format!("**{}** on {there}:", clean::plain(&comment.by, 60))
}

/// What somebody said on the issue: words and lines, none of which does anything here.
pub fn comment_text(text: &str) -> String {
    let mut lines = text
        .lines()
        .map(str::trim_end)
        .filter(|line| !line.is_empty());
    let shown: Vec<String> = lines
        .by_ref()
        .take(COMMENT_LINES)
        .map(|line| clean::plain(line, COMMENT_LINE))
        .collect();
    let more = lines.next().is_some().then(|| "…".to_owned());
    shown.into_iter().chain(more).collect::<Vec<_>>().join("\n")
}
