//! The sentences of `/why`: where a due time comes from.

mod alerts;

pub use alerts::{Dropped, Fate, NO_ALERTS, alert, alerts};

use super::{Stamp, by, clean, length, message_link, person};
use crate::domain::decision::ClockState;
use crate::domain::event::{ClockKind, Priority};
use crate::domain::ids::{GuildId, MessageId, ThreadId, UserId};
use crate::domain::policy::{AnsweredBy, Policy};
use crate::domain::promise::PromiseEnd;
use crate::domain::resolution::Spent;
use crate::domain::target::{Target, Warning};
use crate::domain::{Due, Timestamp};

/// How much of a policy's name is shown.
const NAME_LENGTH: usize = 60;

/// How many pauses of a clock are named.
const PAUSES_NAMED: usize = 4;

/// A thread in which nobody has written yet.
pub const NOBODY_ASKED: &str = "Nobody has asked anything here yet, so no clock runs.";
/// Older than the promise.
pub const OLDER_THAN_PROMISE: &str =
    "This question is older than the promise, so it is listed but never counted as late.";
/// No policy is for this ticket.
pub const NO_POLICY: &str = "No policy in my settings is for this thread, so no time is promised.";
/// The policy promises nothing for what is waited for.
pub const NO_PROMISE: &str = "The asker waits, but no time is promised for this.";
/// Nobody waits.
pub const NOTHING_OWED: &str = "**Now:** nobody waits for an answer, so no clock runs.";

/// Who asked.
pub fn asked(asker: UserId, at: Timestamp, link: &str) -> String {
    format!("{} asked {}: {link}", person(asker), Stamp::Full(at))
}

/// A link to a message, in two words.
pub fn this_message(guild: GuildId, thread: ThreadId, message: MessageId) -> String {
    format!("[this message]({})", message_link(guild, thread, message))
}

/// The policy and its hours; the version where the settings have several.
pub fn policy(policy: &Policy, version: Option<u32>) -> String {
    let target = |target: Option<Target>| {
        target.map_or_else(|| "no promise".to_owned(), |target| promised(&target))
    };
    let counts = match policy.answered_by {
        AnsweredBy::Anyone => "An answer by anybody but the asker counts.",
        AnsweredBy::Staff => "Only an answer by the team counts.",
    };
    let hours = if policy.calendar.is_always() {
        format!(
            "Support is there at all hours; days end at midnight in {}.",
            policy.calendar.zone()
        )
    } else {
        format!("Support hours are those of {}.", policy.calendar.zone())
    };
    let warning = match policy.warning {
        Warning::Lead(lead) => format!("{} before", length(lead)),
        Warning::Share(percent) => format!("after {percent}% of the time"),
    };
    let resolution = policy.resolution.map_or_else(String::new, |target| {
        format!("; resolution: {}", promised(&target))
    });
    format!(
        "**Policy {}:** first answer: {}; later answers: {}{resolution}; warning: {warning}. \
         {counts}{} {hours}",
        named(policy, version),
        target(policy.first_response),
        target(policy.next_response),
        second_look(policy),
    )
}

fn second_look(policy: &Policy) -> String {
    match (policy.answered_by, policy.confirm_within) {
        (AnsweredBy::Anyone, Some(within)) => format!(
            " When an answer of the community is not confirmed within {} of support time, the team \
             takes a second look.",
            length(within.length())
        ),
        (AnsweredBy::Anyone, None) | (AnsweredBy::Staff, _) => String::new(),
    }
}

fn named(policy: &Policy, version: Option<u32>) -> String {
    let name = clean::plain(&policy.name, NAME_LENGTH);
    version.map_or_else(
        || name.clone(),
        |version| format!("{name} (version {version} of the settings)"),
    )
}

/// Which of several policies a clock is under.
pub fn under(policy: &Policy, version: Option<u32>) -> String {
    format!("It is under policy {}.", named(policy, version))
}

/// A change of priority has begun a clock anew.
pub fn restarted(counted_from: Timestamp) -> String {
    format!(
        "Its priority was changed, so its time counts from {}.",
        Stamp::Full(counted_from)
    )
}

/// The times that do not count to a resolution, those with an end and the one that lasts. The
/// latest are named.
pub fn stood_still(pauses: &[(Timestamp, Option<Timestamp>)]) -> Option<String> {
    let skipped = pauses.len().saturating_sub(PAUSES_NAMED);
    let named: Vec<String> = pauses
        .iter()
        .skip(skipped)
        .map(|(from, until)| match until {
            Some(until) => format!("{} to {}", Stamp::Full(*from), Stamp::Full(*until)),
            None => format!("since {}", Stamp::Full(*from)),
        })
        .collect();
    let before = match skipped {
        0 => String::new(),
        n => format!("{} before, ", super::count(n, "time", "times")),
    };
    (!named.is_empty()).then(|| {
        format!(
            "It stood still while it was not the team's turn: {before}{}.",
            named.join(", ")
        )
    })
}

fn promised(target: &Target) -> String {
    match target {
        Target::Support(time) => format!("within {} of support time", length(time.length())),
        Target::Wall(time) => format!("within {}", length(*time)),
        Target::SameDay { last_call } => format!(
            "the same support day (last call {} before closing)",
            length(last_call.length())
        ),
    }
}

/// What began to be owed, and when it is due.
pub fn owed(kind: ClockKind, started_at: Timestamp, cause: &str, due: Due) -> String {
    let what = match kind {
        ClockKind::FirstResponse => "First answer",
        ClockKind::NextResponse => "Later answer",
        ClockKind::SecondLook => "Second look",
        ClockKind::Resolution => "Resolution",
        ClockKind::Promise => "Promise",
    };
    format!(
        "**{what}:** the clock started {} with {cause}. Due {}, warning {}.",
        Stamp::Full(started_at),
        Stamp::Full(due.due_at),
        Stamp::Full(due.warn_at),
    )
}

/// The clock was started by an answer that nobody confirmed.
pub fn unconfirmed(link: &str) -> String {
    format!("an answer of the community that nobody had confirmed, {link}")
}

/// The clock was started by a reopening.
pub const THE_REOPENING: &str = "the reopening";

/// The clock was started by somebody who gave a date.
pub fn the_promise(by: UserId) -> String {
    format!("the date that {} gave", person(by))
}

/// What became of a promise.
pub fn promise_ended(end: PromiseEnd, who: Option<UserId>, state: ClockState) -> String {
    let what = match end {
        PromiseEnd::Kept { .. } => "Kept",
        PromiseEnd::Resolved { .. } => "Kept, because it was resolved",
        PromiseEnd::Withdrawn { .. } => "Taken back",
        PromiseEnd::Replaced { .. } => "Another date took its place",
        PromiseEnd::Gone { .. } => "The thread was deleted",
    };
    let who = who.map_or_else(String::new, |user| format!(" by {}", person(user)));
    let judged = match state {
        ClockState::Met => ": in time",
        ClockState::Missed => ": too late",
        ClockState::Running
        | ClockState::AtRisk
        | ClockState::Overdue
        | ClockState::Paused
        | ClockState::Cancelled => "",
    };
    format!("{what}{who} {}{judged}.", Stamp::Full(end.at()))
}

/// Same day: it came before last call.
pub fn before_last_call(last_call: Timestamp, closes: Timestamp) -> String {
    format!(
        "It came before that day's last call ({}), so that day's closing counts ({}).",
        Stamp::Time(last_call),
        Stamp::Time(closes)
    )
}

/// Same day: it came too late for that day.
pub fn after_last_call(last_call: Timestamp) -> String {
    format!(
        "It came after that day's last call ({}), so the next support day's closing counts.",
        Stamp::Time(last_call)
    )
}

/// Same day: it came on a day without support.
pub const CLOSED_DAY: &str =
    "There is no support on that day, so the next support day's closing counts.";

/// A target in support time.
pub fn support_time(time: &str, counted_from: Timestamp) -> String {
    format!(
        "That is {time} of support time, counted from {}.",
        Stamp::Full(counted_from)
    )
}

/// A target in wall time.
pub fn wall_time(time: &str) -> String {
    format!("That is {time} later, at whatever hour.")
}

/// The support hours of the day on which it is due, as blocks `(opens, closes)`.
pub fn hours(blocks: &[(Timestamp, Timestamp)]) -> String {
    let blocks: Vec<String> = blocks
        .iter()
        .map(|(opens, closes)| format!("{} to {}", Stamp::Time(*opens), Stamp::Time(*closes)))
        .collect();
    format!("Support hours on the due day: {}.", blocks.join(", "))
}

/// How a clock stands or ended.
pub fn ended(
    kind: ClockKind,
    state: ClockState,
    started_at: Timestamp,
    stopped_at: Option<Timestamp>,
    by_whom: Option<(UserId, bool)>,
) -> String {
    let after = stopped_at.map_or_else(String::new, |at| {
        format!(
            " {}, after {}",
            Stamp::Full(at),
            length(at.signed_duration_since(started_at))
        )
    });
    let who = match by_whom {
        Some((user, true)) => format!(" by {} (team)", person(user)),
        Some((user, false)) => format!(" by {}", person(user)),
        None => String::new(),
    };
    let did = match kind {
        ClockKind::FirstResponse | ClockKind::NextResponse | ClockKind::SecondLook => "Answered",
        ClockKind::Resolution => "Resolved",
        ClockKind::Promise => "Kept",
    };
    match state {
        ClockState::Running => "There is time.".to_owned(),
        ClockState::AtRisk => "It is at risk: the warning time has passed.".to_owned(),
        ClockState::Paused => "It stands still: the asker is waited for.".to_owned(),
        ClockState::Overdue => match kind {
            ClockKind::Resolution => "It is overdue: it is not resolved yet.".to_owned(),
            ClockKind::Promise => "It was not kept, and still stands.".to_owned(),
            ClockKind::FirstResponse | ClockKind::NextResponse | ClockKind::SecondLook => {
                "It is overdue: nobody has answered yet.".to_owned()
            }
        },
        ClockState::Met => format!("{did}{who}{after}: in time."),
        ClockState::Missed => format!("{did}{who}{after}: too late."),
        ClockState::Cancelled => match kind {
            ClockKind::FirstResponse | ClockKind::NextResponse => {
                format!("Ended without an answer{after}: it was resolved or deleted.")
            }
            ClockKind::SecondLook => {
                format!("Ended{after}: the asker wrote again, or it was resolved or deleted.")
            }
            ClockKind::Resolution | ClockKind::Promise => {
                format!("Ended{after}: the thread was deleted.")
            }
        },
    }
}

/// Some answers are not listed.
pub fn left_out(n: usize) -> String {
    format!(
        "({} in between left out)",
        super::count(n, "answer", "answers")
    )
}

/// Something people did to the ticket.
pub enum Step {
    /// Took it.
    Claimed,
    /// Gave it back.
    Released,
    /// Said it is answered.
    Resolved,
    /// Said it is not.
    Reopened,
    /// Changed its priority.
    Priority(Priority),
    /// Said that a message needs no answer.
    ReplySpared,
    /// Said that a message needs an answer after all.
    ReplyWanted,
    /// Lost it by staying silent.
    Lapsed,
    /// Took it on until then.
    TookOn(Timestamp),
    /// Said that what was promised is done.
    PromiseKept,
    /// Took back what was promised.
    PromiseWithdrawn,
}

/// Heads the steps.
pub const STEPS: &str = "**Steps:**";

/// One step.
pub fn step(step: &Step, who: UserId, at: Timestamp) -> String {
    let did = match step {
        Step::TookOn(until) => {
            return format!(
                "- {} said {}: \"I have it until {}\"; nobody else was called meanwhile.",
                person(who),
                Stamp::Full(at),
                Stamp::Full(*until)
            );
        }
        Step::PromiseKept => "said that the promise is kept",
        Step::PromiseWithdrawn => "took the promise back",
        Step::Claimed => "claimed it",
        Step::Released => "gave it back",
        Step::Resolved => "resolved it",
        Step::Reopened => "reopened it",
        Step::Lapsed => "owed a reply for too long and no longer has it since",
        Step::ReplySpared => "said that a message needs no answer",
        Step::ReplyWanted => "said that a message needs an answer",
        Step::Priority(Priority::Normal) => "set its priority to normal",
        Step::Priority(Priority::Critical) => "set its priority to critical",
    };
    format!("- {} {did} {}.", person(who), Stamp::Full(at))
}

/// Somebody put it out of the queue; why is for the team.
pub fn snoozed(
    by: UserId,
    until: Option<Timestamp>,
    reason: Option<&str>,
    at: Timestamp,
) -> String {
    let reason = reason.map_or_else(String::new, |reason| {
        format!(": {}", clean::plain(reason, NAME_LENGTH))
    });
    let until = until.map_or_else(
        || "somebody else writes".to_owned(),
        |until| format!("{} or somebody else writes", Stamp::Full(until)),
    );
    format!(
        "- {} put it out of the queue {} until {until}{reason}. Its clocks run on.",
        person(by),
        Stamp::Full(at)
    )
}

/// Somebody gave a date.
pub fn gave_date(by: UserId, until: Timestamp, note: &str, at: Timestamp) -> String {
    let note = clean::plain(note, NAME_LENGTH);
    let what = if note.is_empty() {
        String::new()
    } else {
        format!(": {note}")
    };
    format!(
        "- {} promised {} {}{what}.",
        person(by),
        Stamp::Full(until),
        Stamp::Full(at)
    )
}

/// The asker was reminded.
pub fn asker_reminded(at: Timestamp) -> String {
    format!(
        "- The asker was reminded of the answer {}.",
        Stamp::Full(at)
    )
}

/// Somebody has a clock's matter in hand.
pub fn held_now(by: UserId, until: Timestamp) -> String {
    format!(
        "Nobody is called about it until {}: {} has it.",
        Stamp::Full(until),
        person(by)
    )
}

/// How long it was with the team until it was resolved.
pub fn spent(spent: Spent) -> String {
    let total = length(spent.total.length());
    let counted = "in support time, without waiting for the asker";
    match spent.first {
        None => format!("**With the team:** {total} so far ({counted})."),
        Some((first, at)) => format!(
            "**With the team:** {} until it was resolved {} for the first time, {total} in all{} \
             ({counted}).",
            length(first.length()),
            Stamp::Full(at),
            if spent.open { " so far" } else { "" }
        ),
    }
}

/// The end: what is owed now.
pub fn now_due(due_at: Timestamp) -> String {
    format!("**Now:** an answer is due {}.", by(due_at))
}
