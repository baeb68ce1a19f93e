//! All alerts of a parcel, as one message.

use super::message::{AllowedMentions, Button, Message, Row, Style};
use crate::discord::custom_id::CustomId;
use crate::domain::Timestamp;
use crate::domain::event::Trigger;
use crate::domain::ids::{RoleId, ThreadId, UserId};
use crate::text::{CONTENT_LIMIT, alert as text, role};

/// How many people one message can ping. Source: Discord's reference, "Allowed Mentions Object".
const MOST_PEOPLE: usize = 100;

/// One alert, with what is true about its ticket now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// What was passed.
    pub trigger: Trigger,
    /// Where the asker waits.
    pub thread: ThreadId,
    /// Since when.
    pub asked_at: Timestamp,
    /// When the answer is or was due.
    pub due_at: Timestamp,
    /// Who has it.
    pub claimed_by: Option<UserId>,
    /// Who is pinged for it.
    pub ping: Ping,
}

/// Who is pinged for one line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ping {
    /// The claimer.
    pub claimer: bool,
    /// A role.
    pub role: Option<RoleId>,
}

/// The message for a parcel of alerts, by due time, within Discord's limit.
///
/// It pings exactly the chosen: each role is named in the heading, each claimer in the line of the
/// ticket. Where a line does not fit, its claimer cannot be named, and `instead` is pinged, so that
/// no alert reaches nobody.
pub fn alerts(parcel: i64, mut lines: Vec<Line>, instead: RoleId) -> Message {
    lines.sort_by_key(|line| (line.due_at, line.thread));
    let of = |trigger| lines.iter().filter(|line| line.trigger == trigger).count();
    let heading = text::heading(
        of(Trigger::Overdue),
        of(Trigger::AtRisk),
        of(Trigger::ClaimEnds),
    );
    let mut allowed = AllowedMentions::default();
    for role in lines.iter().filter_map(|line| line.ping.role) {
        add(&mut allowed.roles, role);
    }

    // Room is reckoned as if `instead` were named and a last line were needed.
    let mut reserved = allowed.roles.clone();
    add(&mut reserved, instead);
    let mut room = CONTENT_LIMIT
        .saturating_sub(named(&reserved, &heading).chars().count())
        .saturating_sub(1 + text::more(lines.len()).chars().count());
    let mut shown = Vec::new();
    for line in &lines {
        let sentence = text::line(
            line.trigger,
            line.thread,
            line.asked_at,
            line.due_at,
            line.claimed_by,
        );
        let length = 1 + sentence.chars().count();
        if length > room {
            break;
        }
        room -= length;
        shown.push(sentence);
    }
    let (seen, left_out) = lines.split_at_checked(shown.len()).unwrap_or((&lines, &[]));
    for user in seen
        .iter()
        .filter(|line| line.ping.claimer)
        .filter_map(|line| line.claimed_by)
    {
        if allowed.users.len() < MOST_PEOPLE {
            add(&mut allowed.users, user);
        }
    }
    if left_out
        .iter()
        .filter(|line| line.ping.claimer)
        .filter_map(|line| line.claimed_by)
        .any(|user| !allowed.users.contains(&user))
    {
        add(&mut allowed.roles, instead);
    }
    let mut content = named(&allowed.roles, &heading);
    for sentence in &shown {
        content.push('\n');
        content.push_str(sentence);
    }
    if !left_out.is_empty() {
        content.push('\n');
        content.push_str(&text::more(left_out.len()));
    }
    Message {
        content,
        components: vec![queue_button(parcel)],
        allowed_mentions: allowed,
        ..Message::default()
    }
}

/// The button under what staff and moderators are told. It carries the parcel, so that the message
/// is known again.
pub fn queue_button(parcel: i64) -> Row {
    Row::buttons([Button::new(
        Style::Secondary,
        text::SHOW_QUEUE,
        CustomId::ShowQueue { parcel },
    )])
}

fn named(roles: &[RoleId], heading: &str) -> String {
    let mut out = String::new();
    for id in roles {
        out.push_str(&role(*id));
        out.push(' ');
    }
    out.push_str(heading);
    out
}

fn add<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if !list.contains(&item) {
        list.push(item);
    }
}

#[cfg(test)]
mod tests;
