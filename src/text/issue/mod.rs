//! Words around issues on GitHub: what the team is shown, what threads are told.

pub mod attached;
pub mod body;
pub mod length;
mod preview;
pub mod quiet;
pub mod reply;
pub mod secrets;
mod stats;
mod told;

use super::{clean, count};
use crate::domain::issue::{CloseReason, IssueName, IssueState, Known};
use crate::ledger::bridge::Denied;
pub use preview::{form_body, preview};
pub use stats::{STATS_ARE_FOR_STAFF, improvements};
pub use told::{
    DELAYED, EXPIRED, comment, comment_text, counted, declined, left_out, linked, may_i, news,
    offered, opened, refused,
};

/// Opens the issue as it is shown.
pub const OPEN: &str = "Open issue";
/// Shows the form.
pub const EDIT: &str = "Edit";
/// Lets the draft go.
pub const WITHDRAW: &str = "Don't open it";
/// The asker allows it.
pub const ALLOW: &str = "Yes, open it";
/// The asker does not.
pub const FORBID: &str = "No";
/// The fix works.
pub const WORKS: &str = "It works";
/// It does not.
pub const STILL_BROKEN: &str = "Still broken";
/// On a ticket's card: drafts an issue.
pub const START: &str = "To GitHub";
/// Shows the issue.
pub const ISSUE: &str = "GitHub issue";

/// The heads of the form and its fields.
pub const FORM: &str = "The issue as it will be";
/// The field of the title.
pub const FORM_TITLE: &str = "Title";
/// The field of the labels.
pub const FORM_LABELS: &str = "Labels, separated by commas";

/// The thread hangs on no issue.
pub const NOT_LINKED: &str = "This thread hangs on no issue.";
/// The issue to be linked is not there any more.
pub const ISSUE_GONE: &str = "That issue is no longer there. Use `/issue` for a fresh preview.";
/// GitHub does not answer a question.
pub const GITHUB_SILENT: &str = "GitHub does not answer just now. Please try again in a minute.";

/// On an offer: lets it be.
pub const NOT_NOW: &str = "Not now";

/// GitHub refuses who we are.
pub const UNAUTHORIZED: &str = "GitHub refuses my credentials, so issues wait. Whoever runs me: make a new \
                                token or key, set it, and start me again.";

/// How an issue stood when it was last read.
pub fn standing(known: &Known, threads: u32) -> String {
    let state = match known.state {
        IssueState::Open => "is open".to_owned(),
        IssueState::Gone => "is no longer there".to_owned(),
        IssueState::Closed { reason, .. } => {
            let how = match reason {
                CloseReason::Completed => "is closed as completed",
                CloseReason::NotPlanned => "is closed as not planned",
                CloseReason::Duplicate => "is closed as a duplicate",
            };
            match &known.released_in {
                Some(tag) if known.fix_commit().is_some() => {
                    format!("{how}, first released in {}", clean::plain(tag, 80))
                }
                Some(tag) => format!(
                    "{how}; the first release since is {}",
                    clean::plain(tag, 80)
                ),
                None => how.to_owned(),
            }
        }
    };
    let threads = usize::try_from(threads).unwrap_or(usize::MAX);
    format!(
        "{}: {}\nIt {state}. {} on it here.",
        link_known(known),
        clean::plain(&known.title, 100),
        count(threads, "thread hangs", "threads hang")
    )
}

/// What the person is told who linked it.
pub fn linked_now(known: &Known) -> String {
    format!(
        "Done: this thread hangs on {} now, and nothing new was opened.",
        link_known(known)
    )
}

/// `/issue` without a bridge.
pub const NO_BRIDGE: &str = "I am not connected with GitHub. Whoever runs me can add a [github] \
                             section to my settings.";
/// `/issue` by somebody who is not staff.
pub const FOR_STAFF: &str = "Issues are opened by the team. If you think that this is a bug, just \
                             say so here.";
/// A button of a draft that is gone.
pub const DRAFT_GONE: &str = "This preview is over: it was sent, replaced by a newer one or \
                              withdrawn. Use `/issue` for a fresh one.";
/// The asker's buttons, pressed by somebody else.
pub const ASKER_ONLY: &str = "Only the person who asked can decide that.";
/// After it was withdrawn.
pub const WITHDRAWN: &str = "Nothing was opened, and I have forgotten the draft.";
/// After it was sent.
pub const ON_ITS_WAY: &str =
    "It is on its way to GitHub; the thread is told as soon as it is there.";
/// After the asker was asked.
pub const ASKED: &str =
    "I have asked the person who wrote the question. It is opened when they agree.";
/// The asker was asked before.
pub const ASKED_ALREADY: &str = "The person who wrote the question was asked already whether an issue may be \
                                 opened. It is opened when they agree, within three days.";
/// The asker agreed.
pub const ALLOWED: &str = "Thank you! It is on its way to GitHub.";
/// The asker did not agree.
pub const FORBIDDEN: &str = "All right, nothing is opened, and I have forgotten the draft.";
/// The thread could not be read.
pub const UNREADABLE: &str =
    "I could not read this thread just now, so there is no preview. Please try again in a minute.";
/// A repository that is not in the settings.
pub const UNKNOWN_REPOSITORY: &str =
    "I don't know that repository. Choose one from the list that comes up while you type.";

/// A form or template that the repository does not have.
pub const UNKNOWN_TEMPLATE: &str = "The repository has no form or template of that name. Choose one from the list \
                                    that comes up while you type.";

/// A link to an issue or a pull request, `acme/widgets#12`.
pub fn link(name: &IssueName) -> String {
    let url = format!(
        "https://github.com/{}/issues/{}",
        name.repository, name.number
    );
    linked_to(name, &url)
}

/// A link to an issue that was read.
fn link_known(known: &Known) -> String {
    match &known.url {
        Some(url) => linked_to(&known.name, url),
        None => link(&known.name),
    }
}

/// Names of repositories hold letters, digits and `-._/` only: others are refused where they come in.
fn linked_to(name: &IssueName, url: &str) -> String {
    format!("[{name}](<{url}>)")
}

/// The ticket hangs on an issue already.
pub fn linked_already(known: &Known) -> String {
    format!(
        "This thread hangs on {} already: {}",
        link_known(known),
        clean::plain(&known.title, 100)
    )
}

/// Why nothing was done.
pub fn denied(denied: &Denied) -> String {
    match denied {
        Denied::Linked(name) => format!("This thread hangs on {} already.", link(name)),
        Denied::Asked => ASKED_ALREADY.to_owned(),
        Denied::OnItsWay => ON_ITS_WAY.to_owned(),
        Denied::NoDraft => DRAFT_GONE.to_owned(),
        Denied::NotTheAsker => ASKER_ONLY.to_owned(),
        Denied::NotWritten => "I could not write this down just now, so nothing has changed. \
                               Please try again in a minute."
            .to_owned(),
    }
}

/// Files of issues are kept no more.
pub const NO_ROOM: &str = "The room for files of issues (1 GB) is used up, so new issues only name what is \
                           attached. Deleting old messages with files makes room.";
