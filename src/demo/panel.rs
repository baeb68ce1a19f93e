//! What the bot did and why, beside the thread it did it in: the page's side panel.
//!
//! Read from the bot's own records, and explained by the functions that decide. Facts are shown as
//! they are recorded, field by field, so that none can be forgotten here.

use discord_sim::page::{Panel, PanelRow, PanelSection, Tone};
use serde::Serialize;
use serde_json::Value;

use super::stage::Stage;
use crate::discord::views::why;
use crate::domain::Timestamp;
use crate::domain::decision::{self, ClockState, Standing};
use crate::domain::event::{Event, Fact, Trigger};
use crate::domain::ids::ThreadId;
use crate::domain::policy::ServiceLevel;
use crate::store::{
    Filter, OutboxRow, OutboxState, Page, RecordedEvent, Store, StoreError, TicketRow,
};
use crate::text::report;

/// What there is to say about a channel.
pub(super) async fn panel(stage: &Stage, channel: u64) -> Panel {
    let (rules, now) = (stage.rules(), stage.now());
    let guild = stage.team.places.guild;
    let told =
        stage.asks(
            async |store| match store.find_ticket_by_thread(ThreadId(channel)).await? {
                Some(row) => ticket(store, &row, &rules, now).await,
                None => whole(store, guild, now).await,
            },
        );
    match told.await {
        Some(Ok(panel)) => panel,
        Some(Err(error)) => alone("The bot's records cannot be read", &error.to_string()),
        None => alone(
            "The bot is switched off",
            "Discord goes on without it. When it is back, it reads what it has missed.",
        ),
    }
}

fn alone(title: &str, text: &str) -> Panel {
    Panel {
        title: title.to_owned(),
        sections: vec![section("", vec![plain(text.to_owned())])],
    }
}

/// A thread that is a ticket.
async fn ticket(
    store: &Store,
    row: &TicketRow,
    rules: &ServiceLevel,
    now: Timestamp,
) -> Result<Panel, StoreError> {
    let recorded = store.list_events(row.ticket_id).await?;
    let ordered = store.list_ordered(row.ticket_id).await?;
    let alerts = store.list_alerts(row.ticket_id).await?;
    let events: Vec<Event> = recorded.iter().map(|row| row.event.clone()).collect();
    let why = why::why(row, &events, &alerts, rules, now, true);
    let why = why.embeds.into_iter().map(|embed| plain(embed.description));
    let sections = vec![
        section("Why (what /why says)", why.collect()),
        section("Decisions, as of now", decisions(row, rules, now)),
        section("Events, as recorded", recorded.iter().map(event).collect()),
        section(
            "Outbox (cards leave no trace once they are said)",
            ordered.iter().map(order).collect(),
        ),
    ];
    Ok(Panel {
        title: format!("Ticket {}", row.ticket_id),
        sections,
    })
}

/// Everywhere else: the bot as a whole.
async fn whole(store: &Store, guild: u64, now: Timestamp) -> Result<Panel, StoreError> {
    let none = Page { offset: 0, size: 1 };
    let mut rows = Vec::new();
    for (filter, what) in [
        (Filter::All, "open"),
        (Filter::Unanswered, "unanswered"),
        (Filter::AtRisk, "at risk"),
        (Filter::Overdue, "overdue"),
    ] {
        let (_, count) = store
            .list_queue(crate::domain::ids::GuildId(guild), filter, now, none)
            .await?;
        rows.push(plain(format!("{count} {what}")));
    }
    let mut sleeping = vec![plain(match store.find_next_wake().await? {
        Some(next) => format!("Decides again {}", stamp(next)),
        None => "Sleeps until something happens".to_owned(),
    })];
    let (dead, waiting) = (store.list_dead().await?, store.list_pending().await?);
    if dead.is_empty() && waiting.is_empty() {
        sleeping.push(plain("Everything was delivered".to_owned()));
    }
    sleeping.extend(waiting.iter().chain(&dead).map(order));
    Ok(Panel {
        title: "The bot".to_owned(),
        sections: vec![section("Tickets", rows), section("What waits", sleeping)],
    })
}

/// What follows from the ticket at this instant.
fn decisions(row: &TicketRow, rules: &ServiceLevel, now: Timestamp) -> Vec<PanelRow> {
    let mut rows: Vec<PanelRow> = decision::clocks(&row.ticket, rules, now)
        .into_iter()
        .map(|clock| PanelRow {
            text: format!(
                "Clock **{}**: {}, due {}",
                word(clock.kind),
                word(clock.state),
                stamp(clock.due.due_at)
            ),
            note: Some(format!("warning point {}", stamp(clock.due.warn_at))),
            tone: match clock.state {
                ClockState::AtRisk => Tone::Warning,
                ClockState::Overdue | ClockState::Missed => Tone::Bad,
                ClockState::Met => Tone::Good,
                _ => Tone::Plain,
            },
            at: None,
        })
        .collect();
    rows.push(plain(match row.shown {
        Some(face) => format!("Card shows **{}**", standing(face.standing)),
        None => "No card is shown".to_owned(),
    }));
    let decided = decision::decide(&row.ticket, rules, row.shown.as_ref(), now);
    rows.push(plain(match decided.wake_at {
        Some(next) => format!("Decides again {}", stamp(next)),
        None => "Sleeps until something happens".to_owned(),
    }));
    rows
}

fn event(recorded: &RecordedEvent) -> PanelRow {
    let Event { key, fact } = &recorded.event;
    let tone = match fact {
        Fact::AlertRaised(alert) if alert.trigger == Trigger::Overdue => Tone::Bad,
        Fact::AlertRaised(_) => Tone::Warning,
        Fact::Resolved { .. } => Tone::Good,
        _ => Tone::Plain,
    };
    let late = recorded.recorded_at - key.at;
    PanelRow {
        at: Some(key.at),
        text: in_words(fact),
        note: (late.num_minutes() > 0)
            .then(|| format!("written down {} later", crate::text::length(late))),
        tone,
    }
}

fn order(row: &OutboxRow) -> PanelRow {
    let (state, tone) = match row.state {
        OutboxState::Pending => ("waits", Tone::Warning),
        OutboxState::Leased => ("is being delivered", Tone::Plain),
        OutboxState::Delivered => ("delivered", Tone::Good),
        OutboxState::Dropped => ("dropped", Tone::Plain),
        OutboxState::Dead => ("given up", Tone::Bad),
    };
    let finished = row.finished_at.map(|at| format!(" {}", stamp(at)));
    let reason = row.reason.as_ref().map(|reason| format!(": {reason}"));
    PanelRow {
        at: Some(row.ordered_at),
        text: report::what(&row.content),
        note: Some(format!(
            "{state}{}{}",
            finished.unwrap_or_default(),
            reason.unwrap_or_default()
        )),
        tone,
    }
}

/// A fact, field by field: people and channels as links, instants in the reader's zone.
fn in_words(fact: &Fact) -> String {
    let value = serde_json::to_value(fact).unwrap_or_default();
    let Some(fields) = value.as_object() else {
        return "?".to_owned();
    };
    let mut name = String::new();
    let mut told = Vec::new();
    for (field, value) in fields {
        let text = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        match (field.as_str(), value) {
            ("fact", _) => name = text.replace('_', " "),
            ("author" | "by", _) => told.push(format!("by <@{text}>")),
            ("channel", _) => told.push(format!("in <#{text}>")),
            ("staff", Value::Bool(true)) => told.push("staff".to_owned()),
            // Numbers that only say which.
            ("staff" | "message" | "cycle" | "tags", _) => {}
            (field, Value::Number(millis)) if field.ends_with("_at") => {
                let seconds = millis.as_i64().unwrap_or_default().div_euclid(1_000);
                told.push(format!("{} <t:{seconds}:f>", field.trim_end_matches("_at")));
            }
            (field, _) => told.push(format!(
                "{} {}",
                field.replace('_', " "),
                text.replace('_', " ")
            )),
        }
    }
    // A reader wants to know who before what.
    told.sort_by_key(|part| !part.starts_with("by "));
    let told = told.join(", ");
    format!("**{name}** {told}").trim_end().to_owned()
}

/// The name of what a card shows.
fn standing(standing: Standing) -> String {
    let value = serde_json::to_value(standing).unwrap_or_default();
    word(value.get("standing"))
}

/// The name of a plain variant, in words.
fn word(value: impl Serialize) -> String {
    let value = serde_json::to_value(value).unwrap_or_default();
    value.as_str().unwrap_or("?").replace('_', " ")
}

fn stamp(at: Timestamp) -> String {
    format!("<t:{0}:f> (<t:{0}:R>)", at.timestamp())
}

fn plain(text: String) -> PanelRow {
    PanelRow {
        text,
        ..PanelRow::default()
    }
}

fn section(title: &str, rows: Vec<PanelRow>) -> PanelSection {
    PanelSection {
        title: title.to_owned(),
        rows,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::event::{Alert, ClockKind, Cycle};
    use crate::domain::ids::{MessageId, UserId};

    #[test]
    fn facts_are_told_field_by_field() {
        let posted = Fact::MessagePosted {
            message: MessageId(9),
            author: UserId(7),
            staff: true,
        };
        assert_eq!(in_words(&posted), "**message posted** by <@7>, staff");
        let raised = Fact::AlertRaised(Alert {
            clock: ClockKind::FirstResponse,
            cycle: Cycle(9),
            trigger: Trigger::AtRisk,
            due_at: "2026-11-18T16:00:00Z".parse().unwrap(),
            minutes: 0,
            again: 0,
        });
        assert_eq!(
            in_words(&raised),
            "**alert raised** clock first response, due <t:1795017600:f>, trigger at risk"
        );
    }
}
