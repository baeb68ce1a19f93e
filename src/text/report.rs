//! What an operator reads in the terminal.

use std::fmt::Write as _;

use crate::domain::event::Trigger;
use crate::domain::parcel::Content;
use crate::store::OutboxRow;
use crate::store::check::Report;

/// What `sameday check` found.
pub fn check(report: &Report) -> String {
    let mut text = format!(
        "{} tickets folded again from {} events.\n",
        report.tickets, report.events
    );
    if report.findings.is_empty() {
        text.push_str("Everything is as it should be.\n");
    }
    for finding in &report.findings {
        line(&mut text, format_args!("- {finding}"));
    }
    text
}

/// Why the program ends, in one line: the error and its causes, each said once.
pub fn failure(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain() {
        let words = cause.to_string();
        // Some errors repeat their cause in their own sentence.
        if !text.contains(&words) {
            if !text.is_empty() {
                text.push_str(": ");
            }
            text.push_str(&words);
        }
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What could not be delivered, and what still waits.
pub fn outbox(dead: &[OutboxRow], waiting: &[OutboxRow]) -> String {
    let mut text = String::new();
    if dead.is_empty() && waiting.is_empty() {
        text.push_str("Everything was delivered.\n");
    }
    if !dead.is_empty() {
        line(
            &mut text,
            format_args!(
                "Given up ({}); `sameday outbox --retry NUMBER` tries again:",
                dead.len()
            ),
        );
        for row in dead {
            row_line(&mut text, row);
        }
    }
    if !waiting.is_empty() {
        line(&mut text, format_args!("Waiting ({}):", waiting.len()));
        for row in waiting {
            row_line(&mut text, row);
        }
    }
    text
}

/// What a row of the outbox says, in a few words.
pub fn what(content: &Content) -> String {
    match content {
        Content::Card { ticket, .. } => format!("card of ticket {ticket}"),
        Content::Alert { ticket, alert, .. } => {
            let trigger = match alert.trigger {
                Trigger::AtRisk => "at risk",
                Trigger::Overdue => "overdue",
                Trigger::Started => "one that cannot wait",
                Trigger::ClaimEnds => "about to lose its holder",
            };
            format!("alert: ticket {ticket} is {trigger}")
        }
        Content::Remark { ticket, .. } => format!("remark in the thread of ticket {ticket}"),
        Content::Reply { ticket, .. } => format!("message of ticket {ticket} on GitHub"),
        Content::Revise { ticket, .. } => format!("edit on GitHub for ticket {ticket}"),
        Content::TakeBack { ticket, .. } => format!("deletion on GitHub for ticket {ticket}"),
        Content::OpenIssue { ticket, .. } => format!("issue on GitHub for ticket {ticket}"),
        Content::CountThreads { .. } => "comment on GitHub that counts threads".to_owned(),
        Content::Notice(_) => "notice to the moderators".to_owned(),
    }
}

fn row_line(text: &mut String, row: &OutboxRow) {
    let what = what(&row.content);
    line(
        text,
        format_args!(
            "{:>6}  {}  {what}; {} tries{}",
            row.outbox_id,
            row.ordered_at.format("%Y-%m-%d %H:%M:%SZ"),
            row.attempts,
            row.reason
                .as_deref()
                .map(|reason| format!("; {reason}"))
                .unwrap_or_default(),
        ),
    );
}

fn line(text: &mut String, line: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    writeln!(text, "{line}").unwrap_or_default();
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;

    use super::*;

    #[test]
    fn a_failure_is_one_line_that_says_everything_once() {
        let inner = anyhow::anyhow!("line 1\nline 2");
        let repeated = inner.context("it broke: line 1\nline 2");
        assert_eq!(failure(&repeated), "it broke: line 1 line 2");
        let told = Err::<(), _>(anyhow::anyhow!("the cause")).context("it broke");
        assert_eq!(failure(&told.unwrap_err()), "it broke: the cause");
    }
}
