//! What people can type.
//!
//! | command | who | what it does |
//! |---|---|---|
//! | `/claim` | staff | takes the ticket of this thread |
//! | `/release` | the claimer, moderators | gives it back |
//! | `/resolve [cause]` | the asker, staff | says that it is answered; staff also what was behind it |
//! | `/kind` | staff | says what it is about; "It is a bug" in a message's menu does so too |
//! | `/reopen` | the asker, staff | says that it is not |
//! | `/acknowledge [until]` | staff | takes on what is due for a while: nobody else is called |
//! | `/snooze reason [until]` | staff | puts it out of the queue until then or until somebody writes |
//! | `/critical` | staff | production is down for the asker: asks back, then calls whoever is on duty |
//! | `/promise [until] [note]` | staff | gives the asker a date in public; alone: what is promised, kept or taken back |
//! | `/queue [filter]` | staff | lists the open tickets, longest wait first |
//! | `/oncall` | staff | who is on duty now and next |
//! | `/cover` | staff for themselves, moderators for anybody | takes over days of duty |
//! | `/why` | everybody | explains the due times of this thread |
//! | `/settings show, set, export, import, undo` | the team; changes: moderators | the settings as a whole |
//! | `/hours show, preview` | everybody | when support is there, and by when an answer would be due |
//! | `/hours set, holiday, except, reset, import, paste, add, zone, remove` | moderators | the calendars |
//! | `/policy list, test` | the team | what is promised, and to which thread |
//! | `/policy add, set, move, remove, changes` | moderators | the promise |
//! | `/rota`, `/ladder`, `/quiet`: `show`, `set` … | the team; changes: moderators | who is called, when, and when not |
//! | `/channels`, `/roles` | moderators | what is watched, who is who, where the team is told |
//! | "No reply needed", "Needs a reply" in a message's menu | staff | whether a message of the asker's waits for an answer |
//! | `/issue [repository] [labels] [template]` | staff | drafts an issue on GitHub; also in the menu of a message |
//! | `/doctor` | staff | what is missing on Discord and GitHub, and what to do about it |
//! | `/stats` | staff | how many causes of ours were taken away by an improvement that shipped |
//!
//! A moderator is here who holds a moderator role or Discord's Manage Server. No change is made
//! before it was shown with what it changes, and confirmed.
//!
//! Every answer is seen by the person alone; the thread sees the card change. Discord's own
//! `default_member_permissions` is not used: it knows no staff roles, so it would hide `/claim`
//! from the very people it is for. Who may do what is decided here and in the ledger.

mod duty;
mod hours;
mod issue;
mod message;
mod names;
mod places;
mod policy;
mod promise;
mod queue;
mod rota;
mod settings;
mod ticket;

use super::person::{Person, admit};
use super::settings as desk;
use super::talk::Talk;
use super::views::message::Message;
use super::{Broken, Data};
use crate::config::{ConfigError, Document};
use crate::ledger::intent::Rank;
use crate::text::settings as text;

pub(super) use hours::close_dates_of;

type Context<'a> = poise::ApplicationContext<'a, Data, Broken>;

/// All of them, as poise takes and Discord is told them. Where there is no way to GitHub, nothing
/// about it is offered.
pub(super) fn all(bridged: bool) -> Vec<poise::Command<Data, Broken>> {
    let mut all = vec![
        ticket::claim(),
        ticket::release(),
        ticket::resolve(),
        ticket::kind(),
        ticket::reopen(),
        ticket::acknowledge(),
        ticket::snooze(),
        ticket::critical(),
        promise::promise(),
        queue::queue(),
        rota::oncall(),
        rota::cover(),
        ticket::why(),
        settings::settings(),
        hours::hours(),
        policy::policy(),
        duty::rota(),
        duty::ladder(),
        duty::quiet(),
        places::channels(),
        places::roles(),
        issue::doctor(),
        message::no_reply_needed(),
        message::needs_a_reply(),
        message::it_is_a_bug(),
    ];
    if bridged {
        all.extend([issue::issue(), issue::issue_of_message(), issue::stats()]);
    }
    all
}

/// The far end of a command.
pub(super) fn talk(ctx: Context<'_>) -> Talk<'_> {
    Talk::new(
        ctx.http(),
        ctx.interaction.id,
        &ctx.interaction.token,
        ctx.has_sent_initial_response,
        &ctx.framework.user_data.tasks,
    )
}

/// Who typed the command, or the sentence that says why we cannot help them.
fn admitted(ctx: Context<'_>) -> Result<Person, &'static str> {
    let asked = ctx.interaction;
    admit(
        &ctx.framework.user_data.guilds,
        asked.guild_id,
        asked.user.id,
        asked.member.as_deref(),
    )
}

/// Gives the first answer. `None` when the person has been answered for good, or is gone.
async fn begin(ctx: Context<'_>) -> Option<(Talk<'_>, Person)> {
    let talk = talk(ctx);
    match admitted(ctx) {
        Ok(person) => talk.defer().await.then_some((talk, person)),
        Err(sentence) => {
            talk.say(sentence).await;
            None
        }
    }
}

/// Ends a command whose work can fail: the error goes on to be logged and apologised for.
async fn end(talk: Talk<'_>, made: Result<Message, Broken>) -> Result<(), Broken> {
    talk.finish(made?).await;
    Ok(())
}

/// Shows something of the settings in force to the team.
async fn show(ctx: Context<'_>, of: impl FnOnce(&Document) -> String) -> Result<(), Broken> {
    let Some((talk, person)) = begin(ctx).await else {
        return Ok(());
    };
    if person.rank < Rank::Staff && !person.may_change_settings {
        return end(talk, Ok(Message::text(text::FOR_THE_TEAM))).await;
    }
    let in_force = desk::in_force(ctx.framework.user_data, &person).await?;
    end(talk, Ok(desk::long(&of(&in_force.document)))).await
}

/// Offers the change that `edit` makes to the settings in force.
async fn change(
    ctx: Context<'_>,
    edit: impl FnOnce(&mut Document) -> Result<(), ConfigError>,
) -> Result<(), Broken> {
    let Some((talk, person)) = begin(ctx).await else {
        return Ok(());
    };
    let offered = desk::change(ctx.framework.user_data, &person, edit).await;
    end(talk, offered).await
}
