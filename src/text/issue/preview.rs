//! A draft as it is shown before it is sent.

use std::fmt::Write as _;

use super::link;
use crate::domain::issue::Draft;
use crate::text::{clean, count};

/// The field of the text. Source for the length: Discord's reference, 45 characters.
pub fn form_body(rest: usize) -> String {
    match rest {
        0 => "Text".to_owned(),
        more => format!("Text ({more} more characters are kept)"),
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
