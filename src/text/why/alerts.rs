//! What became of a ticket's alerts.

use super::super::{Stamp, channel, count, person, role};
use crate::domain::attention::Pinged;
use crate::domain::decision::Audience;
use crate::domain::event::{Alert, ClockKind, Trigger};
use crate::domain::ids::UserId;
use crate::domain::reach::{PassedOver, Ping, Reason};
use crate::domain::{SupportDuration, Timestamp};

/// What became of an alert.
pub enum Fate {
    /// It waits to be sent.
    Pending,
    /// It was sent.
    Sent(Option<Timestamp>),
    /// It was not sent, and why.
    Dropped(Option<Timestamp>, Dropped),
    /// It could not be sent.
    GivenUp(Option<Timestamp>),
}

/// Why an alert was not sent.
#[derive(Clone, Copy)]
pub enum Dropped {
    /// Its clock had stopped.
    Over,
    /// Somebody had it in hand.
    TakenOn(UserId),
    /// What it warned of had come.
    Overdue,
    /// It was not true any more for another reason: a change of priority, of the settings.
    NotTrue,
}

/// An alert: what it said, to whom, who was pinged for it and who was not, and what became of it.
/// `held`: who had it in hand when it fell due, and until when.
pub fn alert(
    alert: &Alert,
    audience: Audience,
    ping: &Ping,
    fate: &Fate,
    held: Option<(UserId, Timestamp)>,
) -> String {
    let what = match alert.trigger {
        Trigger::Started => "Cannot wait",
        Trigger::AtRisk => "At risk",
        Trigger::Overdue => "Overdue",
        Trigger::ClaimEnds => "Claim ends",
    };
    let of = match alert.clock {
        ClockKind::FirstResponse | ClockKind::NextResponse | ClockKind::SecondLook => "",
        ClockKind::Resolution => ", the resolution",
        ClockKind::Promise => ", the promise",
    };
    let later = match alert.minutes {
        0 => String::new(),
        minutes => format!(", {} later", SupportDuration::from_minutes(minutes)),
    };
    let again = match alert.again {
        0 => String::new(),
        n => format!(", said again ({n})"),
    };
    let whom = match audience {
        Audience::Staff => "the team".to_owned(),
        Audience::Moderators => "the moderators".to_owned(),
        Audience::Channel(place) => channel(place),
    };
    let when =
        |at: &Option<Timestamp>| at.map_or_else(String::new, |at| format!(" {}", Stamp::Full(at)));
    let fate = match fate {
        Fate::Pending => "is being sent".to_owned(),
        Fate::Sent(at) => format!("sent{}", when(at)),
        Fate::Dropped(at, why) => format!("not sent{}, because {}", when(at), because(*why)),
        Fate::GivenUp(at) => format!("could not be sent, given up{}", when(at)),
    };
    let held = held.map_or_else(String::new, |(by, until)| {
        format!(
            "; held until {}, because {} had it",
            Stamp::Full(until),
            person(by)
        )
    });
    format!(
        "- **{what}**{of}{later}{again} (due {}) to {whom}: {fate}{}{held}.",
        Stamp::Full(alert.due_at),
        pinged(ping)
    )
}

fn because(why: Dropped) -> String {
    match why {
        Dropped::Over => "nobody waited for it any more".to_owned(),
        Dropped::TakenOn(by) => format!("{} had it", person(by)),
        Dropped::Overdue => "it was overdue by then, which was told instead".to_owned(),
        Dropped::NotTrue => "it was no longer true".to_owned(),
    }
}

/// Who was pinged, and instead of whom.
fn pinged(ping: &Ping) -> String {
    let people = ping.people.iter().copied().map(Pinged::Person);
    let roles = ping.roles.iter().copied().map(Pinged::Role);
    let called: Vec<String> = people.chain(roles).map(name).collect();
    let called = if called.is_empty() {
        String::new()
    } else {
        format!(", for {}", called.join(" and "))
    };
    let passed_over: Vec<String> = ping.passed_over.iter().map(passed_over).collect();
    if passed_over.is_empty() {
        called
    } else {
        format!("{called} instead of {}", passed_over.join(", and "))
    }
}

fn passed_over(passed: &PassedOver) -> String {
    let why = match passed.why {
        Reason::Quiet => "has quiet hours",
        Reason::Busy => "was called often enough within the hour",
    };
    format!("{}, who {why}", name(passed.whom))
}

fn name(whom: Pinged) -> String {
    match whom {
        Pinged::Person(user) => person(user),
        Pinged::Role(id) => role(id),
    }
}

/// Heads the alerts; so many before them are not listed.
pub fn alerts(left_out: usize) -> String {
    match left_out {
        0 => "**Alerts:**".to_owned(),
        n => format!(
            "**Alerts** ({} left out):",
            count(n, "earlier one", "earlier ones")
        ),
    }
}
/// No alert was sent.
pub const NO_ALERTS: &str = "**Alerts:** none.";
