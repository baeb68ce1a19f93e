//! Words around issues on GitHub: what the team is shown, what threads are told.

pub mod body;
pub mod quiet;
pub mod secrets;

use std::fmt::Write as _;

use super::{clean, count, person, triage};
use crate::domain::ids::UserId;
use crate::domain::issue::{CloseReason, Comment, Draft, IssueName, IssueState, Known, News};
use crate::domain::offer::Why;
use crate::ledger::bridge::Denied;
use crate::store::Improvements;

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

/// The field of the text. Source for the length: Discord's reference, 45 characters.
pub fn form_body(rest: usize) -> String {
    match rest {
        0 => "Text".to_owned(),
        more => format!("Text ({more} more characters are kept)"),
    }
}

/// `/stats` by somebody who is not staff.
pub const STATS_ARE_FOR_STAFF: &str = "These figures are for the team.";

/// The share of causes of ours that were taken away, and what is counted.
pub fn improvements(counted: &Improvements) -> String {
    let (shipped, ours) = (counted.shipped, counted.ours());
    let figure = match (shipped * 100).checked_div(ours) {
        None => "**Improvements shipped:** nothing to count yet.".to_owned(),
        Some(percent) => format!(
            "**Improvements shipped:** {shipped} of {ours} resolved threads with a cause of ours \
             ({percent} %)."
        ),
    };
    let causes: Vec<String> = counted
        .causes
        .iter()
        .map(|(cause, count)| format!("{} {count}", triage::a_cause(*cause)))
        .chain((counted.unnamed() > 0).then(|| format!("not named {}", counted.unnamed())))
        .collect();
    let causes = if causes.is_empty() {
        String::new()
    } else {
        format!(
            "\nBehind {} resolved threads: {}.",
            counted.resolved,
            causes.join(", ")
        )
    };
    format!(
        "{figure}{causes}\n-# Counted are threads that are resolved and of which the team said that a bug, \
         the documentation or the design of ours was behind them. Shipped means: the thread hangs on an \
         issue, and a full release has its fix (or, where GitHub does not tell the fixing commit, came \
         after the issue was closed as completed)."
    )
}

/// The thread hangs on no issue.
pub const NOT_LINKED: &str = "This thread hangs on no issue.";
/// The issue to be linked is not there any more.
pub const ISSUE_GONE: &str = "That issue is no longer there. Use `/issue` for a fresh preview.";
/// GitHub does not answer a question.
pub const GITHUB_SILENT: &str = "GitHub does not answer just now. Please try again in a minute.";

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

/// On an offer: lets it be.
pub const NOT_NOW: &str = "Not now";

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

/// What stands above the preview.
pub fn preview(draft: &Draft, shown: usize) -> String {
    let labels = if draft.labels.is_empty() {
        "no labels".to_owned()
    } else {
        let labels: Vec<String> = draft
            .labels
            .iter()
            .map(|label| clean::plain(label, 50))
            .collect();
        format!("labels: {}", labels.join(", "))
    };
    let mut text = String::new();
    let mut head = "**The issue as it will be**";
    if let [_, ..] = draft.similar.as_slice() {
        text.push_str(
            "**Is it one of these?** Then press its button, and nothing new is opened.\n",
        );
        head = "\n**If not, this is the issue as it will be**";
    }
    // Writing to a String cannot fail.
    for similar in &draft.similar {
        let title = clean::plain(&similar.title, 60);
        let hang = match usize::try_from(similar.threads).unwrap_or(usize::MAX) {
            0 => String::new(),
            n => format!(" ({} here)", count(n, "thread", "threads")),
        };
        writeln!(text, "* {} {title}{hang}", link(&similar.name)).unwrap_or_default();
    }
    write!(
        text,
        "{head} in {}{}, {labels}:\n**{}**",
        clean::plain(&draft.repository, 100),
        draft.template.as_ref().map_or_else(String::new, |name| {
            format!(", as “{}”", clean::plain(name, 60))
        }),
        clean::plain(&draft.title, 200)
    )
    .unwrap_or_default();
    for note in notes(draft, shown) {
        text.push_str("\n-# ");
        text.push_str(&note);
    }
    text
}

fn notes(draft: &Draft, shown: usize) -> Vec<String> {
    let mut notes = Vec::new();
    let length = draft.body.chars().count();
    if length > shown {
        notes.push(format!(
            "Here are the first {shown} of its {length} characters; the issue has them all."
        ));
    }
    let number = |n: u32| usize::try_from(n).unwrap_or(usize::MAX);
    if draft.redacted > 0 {
        notes.push(format!(
            "{} taken out. The asker is told to change it.",
            count(number(draft.redacted), "secret was", "secrets were")
        ));
    }
    notes.extend(files_along(draft));
    if draft.unsearched {
        notes.push(
            "GitHub's search does not answer just now, so there may be an issue about this already."
                .to_owned(),
        );
    }
    if draft.unseen > 0 {
        notes.push(format!(
            "Discord does not show me the text of {}: switch on the Message Content Intent for me in \
             the Developer Portal, or add the text with Edit.",
            count(number(draft.unseen), "message", "messages")
        ));
    }
    notes
}

/// How many files a preview names.
const FILES_NAMED: usize = 5;

/// What goes along with an issue.
fn files_along(draft: &Draft) -> Option<String> {
    let all = draft.files_along().count();
    let names = draft.files_along().take(FILES_NAMED);
    let mut names: Vec<String> = names.map(|file| clean::plain(&file.name, 40)).collect();
    if all > names.len() {
        names.push(format!("{} more", all - names.len()));
    }
    (all > 0).then(|| {
        format!(
            "{} along, for everybody to read: {}. I take secrets out of texts; into pictures and archives \
             I cannot look. Delete a line with Edit, and its file stays here.",
            count(all, "file goes", "files go"),
            names.join(", ")
        )
    })
}

/// Files of issues are kept no more.
pub const NO_ROOM: &str = "The room for files of issues (1 GB) is used up, so new issues only name what is \
                           attached. Deleting old messages with files makes room.";

/// The asker is asked for consent.
pub fn may_i(asker: Option<UserId>, draft: &Draft) -> String {
    let to = asker.map_or_else(String::new, |asker| format!("{}, ", person(asker)));
    let what = if draft.files_along().next().is_some() {
        "written and attached"
    } else {
        "written"
    };
    format!(
        "{to}the team would like to open an issue in {} on GitHub with what was {what} here, so that \
         it gets fixed at its root. May I? It is public. Until you say yes, nothing is sent.",
        clean::plain(&draft.repository, 100)
    )
}

/// What a thread is told, once.
pub fn opened(known: &Known, asker: Option<UserId>, redacted: u32) -> String {
    let secret = match (asker, redacted) {
        (Some(asker), 1..) => format!(
            "\n{}, what you wrote here looks like it holds a password or a key. I left it out, but \
             everybody can read it in this thread: please delete it here and change it.",
            person(asker)
        ),
        _ => String::new(),
    };
    format!(
        "This is now {} on GitHub. I'll say here when something happens there.{secret}",
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
        None => "GitHub did not take it for hours, and I have given up",
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
