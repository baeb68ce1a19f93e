//! All alerts of a parcel, as one message.

use super::message::{AllowedMentions, Button, Choice, Message, Row, Style};
use crate::discord::custom_id::{CustomId, Press};
use crate::domain::Timestamp;
use crate::domain::event::{ClockKind, Trigger};
use crate::domain::ids::{RoleId, ThreadId, TicketId, UserId};
use crate::text::{CONTENT_LIMIT, alert as text, person, role};

/// How many people one message can ping. Source: Discord's reference, "Allowed Mentions Object".
const MOST_PEOPLE: usize = 100;

/// How many people a heading names, so that there is room for the lines.
const MOST_CALLED: usize = 20;
/// How many threads a menu can list. Source: Discord's reference, "String Select".
const MOST_OPTIONS: usize = 25;
/// How long an option's label may be. Source: as above.
const LABEL_LENGTH: usize = 100;

/// One alert, with what is true about its ticket now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What was passed.
    pub trigger: Trigger,
    /// Of which clock.
    pub clock: ClockKind,
    /// The ticket.
    pub ticket: TicketId,
    /// Where the asker waits.
    pub thread: ThreadId,
    /// The thread's name: text from people.
    pub title: String,
    /// Since when: asked, or promised.
    pub since: Timestamp,
    /// When it is or was due.
    pub due_at: Timestamp,
    /// Who has it, or who promised it.
    pub holder: Option<UserId>,
    /// The people who are pinged for it.
    pub people: Vec<UserId>,
    /// The roles whose holders are pinged for it.
    pub roles: Vec<RoleId>,
}

/// The message for a parcel of alerts, by due time, within Discord's limit.
///
/// It pings exactly the chosen: roles and people are named in the heading, a holder in the line of
/// the ticket. Where somebody cannot be named, because there are too many or a line does not fit,
/// `instead` is pinged, so that no alert reaches nobody.
pub fn alerts(parcel: i64, mut lines: Vec<Line>, instead: RoleId) -> Message {
    lines.sort_by_key(|line| (line.due_at, line.thread));
    let told: Vec<_> = lines
        .iter()
        .map(|line| (line.trigger, line.clock))
        .collect();
    let heading = text::heading(&told);
    let mut allowed = AllowedMentions::default();
    let mut called = Vec::new();
    for line in &lines {
        for role in &line.roles {
            add(&mut allowed.roles, *role);
        }
        for whom in line.people.iter().filter(|whom| !line.is_holder(**whom)) {
            if called.len() < MOST_CALLED {
                add(&mut called, *whom);
            }
        }
    }
    allowed.users.clone_from(&called);

    // Room is reckoned as if `instead` were named and a last line were needed.
    let mut reserved = allowed.roles.clone();
    add(&mut reserved, instead);
    let mut room = CONTENT_LIMIT
        .saturating_sub(named(&reserved, &called, &heading).chars().count())
        .saturating_sub(1 + text::more(lines.len()).chars().count());
    let mut shown = Vec::new();
    for line in &lines {
        let sentence = text::line(
            line.trigger,
            line.clock,
            line.thread,
            line.since,
            line.due_at,
            line.holder,
        );
        let length = 1 + sentence.chars().count();
        if length > room {
            break;
        }
        room -= length;
        shown.push(sentence);
    }
    let (seen, left_out) = lines.split_at_checked(shown.len()).unwrap_or((&lines, &[]));
    for user in seen.iter().filter_map(Line::pinged_holder) {
        if allowed.users.len() < MOST_PEOPLE {
            add(&mut allowed.users, user);
        }
    }
    let mut chosen = lines.iter().flat_map(|line| &line.people);
    if chosen.any(|person| !allowed.users.contains(person)) {
        add(&mut allowed.roles, instead);
    }
    let mut content = named(&allowed.roles, &called, &heading);
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
        components: components(parcel, &lines),
        allowed_mentions: allowed,
        ..Message::default()
    }
}

impl Line {
    fn is_holder(&self, person: UserId) -> bool {
        self.holder == Some(person)
    }

    fn pinged_holder(&self) -> Option<UserId> {
        self.holder.filter(|holder| self.people.contains(holder))
    }
}

/// Taking it on, and the queue. Several threads stand in a menu.
fn components(parcel: i64, lines: &[Line]) -> Vec<Row> {
    let queue = show_queue(parcel);
    if let [line] = lines {
        let ticket = line.ticket;
        let press = Press::Acknowledge;
        let have = Button::new(
            Style::Primary,
            text::I_HAVE_IT,
            CustomId::Card { ticket, press },
        );
        return vec![Row::buttons([have, queue])];
    }
    let mut options: Vec<Choice> = Vec::new();
    for line in lines.iter().take(MOST_OPTIONS) {
        let value = line.ticket.to_string();
        if options.iter().all(|known| known.value != value) {
            let title = if line.title.trim().is_empty() {
                text::UNTITLED.to_owned()
            } else {
                line.title.chars().take(LABEL_LENGTH).collect()
            };
            options.push(Choice {
                label: title.into(),
                value: value.into(),
                default: false,
            });
        }
    }
    vec![
        Row::multiselect(CustomId::TakeOn, text::I_HAVE_THESE, options),
        Row::buttons([queue]),
    ]
}

/// The button under what staff and moderators are told. It carries the parcel, so that the message
/// is known again.
pub fn queue_button(parcel: i64) -> Row {
    Row::buttons([show_queue(parcel)])
}

fn show_queue(parcel: i64) -> Button {
    Button::new(
        Style::Secondary,
        text::SHOW_QUEUE,
        CustomId::ShowQueue { parcel },
    )
}

fn named(roles: &[RoleId], people: &[UserId], heading: &str) -> String {
    let mut out = String::new();
    for id in roles {
        out.push_str(&role(*id));
        out.push(' ');
    }
    for id in people {
        out.push_str(&person(*id));
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
