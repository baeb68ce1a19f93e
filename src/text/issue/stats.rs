//! How many causes of ours were taken away.

use crate::store::Improvements;
use crate::text::triage;

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
