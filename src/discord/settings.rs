//! What commands and buttons about the settings do: show them, offer a change, make it.
//!
//! Every change goes the same way, whoever asked for it and however: a command edits the document
//! in force, [`offer`] checks what comes out and shows the difference with two buttons, and
//! [`decide`] makes the change that was shown, or none. See [`crate::settings`] for the whole.

use serenity::model::channel::Attachment;

use super::attachments::NotFetched;
use super::catch_up::Errand;
use super::ground::{self, Severity};
use super::person::Person;
use super::tags::{self, Tags};
use super::views::message::Message;
use super::views::settings as views;
pub(super) use super::views::settings::{long, monospaced};
use super::{Broken, Data};
use crate::config::{ConfigError, Document, GuildSection, LARGEST_DOCUMENT};
use crate::domain::guild::GuildSettings;
use crate::domain::ids::{ChannelId, snowflake_instant};
use crate::domain::preview;
use crate::ledger::intent::Rank;
use crate::ledger::{Change, NotChanged};
use crate::settings::{History, SettingsError};
use crate::store::SettingProposal;
use crate::text::settings as text;

/// The settings in force, and how they came about.
pub(super) struct InForce {
    pub(super) history: History,
    /// Its number.
    pub(super) version: u32,
    pub(super) document: Document,
    pub(super) section: GuildSection,
}

/// What is in force in the person's guild.
pub(super) async fn in_force(data: &Data, person: &Person) -> Result<InForce, Broken> {
    let guild = person.guild.guild;
    let history = History::load(&data.store, guild).await?;
    let history = history.ok_or(SettingsError::Nothing)?;
    let latest = history.latest().ok_or(SettingsError::Nothing)?;
    let version = latest.version;
    let refuse = |cause| SettingsError::Recorded { version, cause };
    let document = Document::read(&latest.document).map_err(refuse)?;
    let section = document.check().map_err(refuse)?;
    Ok(InForce {
        history,
        version,
        document,
        section,
    })
}

/// The settings in force and the latest changes, for the team.
pub(super) async fn show(data: &Data, person: &Person) -> Result<Message, Broken> {
    if person.rank < Rank::Staff && !person.may_change_settings {
        return Ok(Message::text(text::FOR_THE_TEAM));
    }
    let in_force = in_force(data, person).await?;
    let today = data.clock.now().date_naive();
    Ok(views::shown(
        &in_force.document,
        &tags::policies(data, person, &in_force.document).await?,
        &in_force.history.versions,
        &person.guild,
        today,
    ))
}

/// Offers the change that `edit` makes to the settings in force.
pub(super) async fn change(
    data: &Data,
    person: &Person,
    edit: impl FnOnce(&mut Document) -> Result<(), ConfigError>,
) -> Result<Message, Broken> {
    if !person.may_change_settings {
        return Ok(Message::text(text::NOT_PERMITTED));
    }
    let in_force = in_force(data, person).await?;
    let mut document = in_force.document.clone();
    match edit(&mut document) {
        Ok(()) => offer(data, person, &in_force, document).await,
        Err(error) => Ok(Message::text(text::refused(&error))),
    }
}

/// Offers the settings that somebody hands in.
pub(super) async fn import(
    data: &Data,
    person: &Person,
    file: &Attachment,
) -> Result<Message, Broken> {
    if !person.may_change_settings {
        return Ok(Message::text(text::NOT_PERMITTED));
    }
    let read = match data.attachments.fetch(file, LARGEST_DOCUMENT).await {
        Ok(read) => read,
        Err(why) => return Ok(not_fetched(why)),
    };
    let in_force = in_force(data, person).await?;
    // Here the lines are the person's own, so a refusal names them.
    let read = Document::read(&read).and_then(|document| document.check().map(|_| document));
    match read {
        Ok(document) => offer(data, person, &in_force, document).await,
        Err(error) => Ok(Message::text(text::refused(&error))),
    }
}

/// Offers to go back to an earlier version: the one before, unless another is named.
pub(super) async fn undo(
    data: &Data,
    person: &Person,
    version: Option<u32>,
) -> Result<Message, Broken> {
    if !person.may_change_settings {
        return Ok(Message::text(text::NOT_PERMITTED));
    }
    let in_force = in_force(data, person).await?;
    let wanted = version.unwrap_or(in_force.version.saturating_sub(1));
    let mut versions = in_force.history.versions.iter();
    let Some(found) = versions.find(|it| it.version == wanted) else {
        return Ok(Message::text(if version.is_none() {
            text::NOTHING_TO_UNDO
        } else {
            text::NO_SUCH_VERSION
        }));
    };
    match Document::read(&found.document) {
        Ok(document) => offer(data, person, &in_force, document).await,
        Err(error) => Ok(Message::text(text::refused(&error))),
    }
}

/// Checks a document and shows what it would change, with a button to change it.
async fn offer(
    data: &Data,
    person: &Person,
    in_force: &InForce,
    document: Document,
) -> Result<Message, Broken> {
    let mut differences = in_force.document.differences(&document);
    if differences.is_empty() {
        return Ok(Message::text(text::NOTHING_TO_CHANGE));
    }
    // Read once more: no edit may bring in what nobody may write.
    let read = Document::read(&document.text()).and_then(|document| document.check());
    let section = match read {
        Ok(section) => section,
        Err(error) => return Ok(Message::text(text::refused(&error.without_line()))),
    };
    let guild = person.guild.guild;
    if section.id() != guild {
        return Ok(Message::text(text::OTHER_GUILD));
    }
    let version = in_force
        .history
        .next(document.text(), Some(person.user), data.clock.now());
    let settings = in_force
        .history
        .clone()
        .and(version, section.channels())
        .settings()?;
    match misfit(data, &person.guild, &settings).await {
        Ok(None) => {}
        Ok(Some(sentence)) => return Ok(Message::text(text::refused_because(&sentence))),
        Err(error) => {
            tracing::warn!(%error, "a change of the settings could not be held against Discord");
            return Ok(Message::text(text::NOT_SURVEYED));
        }
    }
    let proposal = SettingProposal {
        based_on: in_force.version,
        proposed_by: person.user,
        document: document.text(),
    };
    let (watched, unwatched) = watching(in_force.section.channels(), section.channels());
    let enforce_from = settings.service_level.enforce_from;
    let enforce_from = section.sets_enforce_from().then_some(enforce_from);
    let clocks = if views::keeps(&settings) {
        text::Clocks::Keep
    } else {
        let (before, after) = (&person.guild.service_level, &settings.service_level);
        let tickets = data.store.list_open_tickets(guild).await?;
        text::Clocks::GoOver(preview::moved(&tickets, before, after, data.clock.now()))
    };
    let effect = text::effect(&watched, &unwatched, clocks, enforce_from);
    match data.ledger.propose(guild, proposal).await {
        Ok(number) => {
            if differences.iter().any(tags::is_about_tags) {
                let tags = Tags::load(data, person).await?;
                tags.name_in_differences(&mut differences);
            }
            Ok(views::offer(&differences, &effect, number))
        }
        Err(_) => Ok(Message::text(text::NOT_WRITTEN)),
    }
}

/// What of these settings does not fit Discord and did fit before: a channel that the bot does not
/// see, a role that is gone. What did not fit before stands in the way of no other change.
async fn misfit(
    data: &Data,
    now: &GuildSettings,
    then: &GuildSettings,
) -> Result<Option<String>, Broken> {
    let wrong = fatal(data, then).await?;
    if wrong.is_empty() {
        return Ok(None);
    }
    let before = fatal(data, now).await?;
    Ok(wrong
        .into_iter()
        .find(|sentence| !before.contains(sentence)))
}

async fn fatal(data: &Data, settings: &GuildSettings) -> Result<Vec<String>, Broken> {
    let problems = ground::survey_guild(&data.rest, settings).await?;
    let fatal = problems
        .into_iter()
        .filter(|it| it.severity == Severity::Fatal);
    Ok(fatal.map(|problem| problem.sentence).collect())
}

/// The channels that are in the second list only, and those in the first only.
fn watching(before: &[ChannelId], after: &[ChannelId]) -> (Vec<ChannelId>, Vec<ChannelId>) {
    let only = |these: &[ChannelId], others: &[ChannelId]| -> Vec<ChannelId> {
        these
            .iter()
            .copied()
            .filter(|it| !others.contains(it))
            .collect()
    };
    (only(after, before), only(before, after))
}

/// Makes a change that was offered, or discards it.
pub(super) async fn decide(
    data: &Data,
    person: &Person,
    click: u64,
    proposal: i64,
    wanted: bool,
) -> Result<Message, Broken> {
    if !person.may_change_settings {
        return Ok(Message::text(text::NOT_PERMITTED));
    }
    if !wanted {
        return Ok(Message::text(text::DISCARDED));
    }
    let guild = person.guild.guild;
    let in_force = in_force(data, person).await?;
    let Some(found) = data.store.find_setting_proposal(guild, proposal).await? else {
        // Perhaps this very click has made it, and the program died before it could say so.
        let (by, at) = (Some(person.user), snowflake_instant(click));
        let mut versions = in_force.history.versions.iter();
        let made = versions.find(|it| it.changed_by == by && it.in_force_at == at);
        return Ok(Message::text(match made {
            Some(version) => text::changed(version.version),
            None => text::PROPOSAL_GONE.to_owned(),
        }));
    };
    if found.proposed_by != person.user {
        return Ok(Message::text(text::NOT_YOURS));
    }
    if found.based_on != in_force.version {
        let by = in_force
            .history
            .latest()
            .and_then(|latest| latest.changed_by);
        return Ok(Message::text(text::outdated(in_force.version, by)));
    }
    let section = match Document::read(&found.document).and_then(|document| document.check()) {
        Ok(section) => section,
        Err(error) => return Ok(Message::text(text::refused(&error))),
    };
    let history = in_force.history;
    let version = history.next(found.document, Some(person.user), snowflake_instant(click));
    let number = version.version;
    let settings = history
        .and(version.clone(), section.channels())
        .settings()?;
    let change = Change {
        guild,
        based_on: found.based_on,
        proposal,
        version,
        settings,
    };
    let sentence = match data.ledger.change_settings(change).await {
        Ok(()) => {
            let (watched, _) = watching(in_force.section.channels(), section.channels());
            if !watched.is_empty() {
                data.places.forget_elsewhere();
                if data.errands.send(Errand::Guild(guild)).is_err() {
                    tracing::debug!("new channels are read after the next start");
                }
            }
            text::changed(number)
        }
        Err(NotChanged::Outdated { version, by }) => text::outdated(version, by),
        Err(NotChanged::NotWritten) => text::NOT_WRITTEN.to_owned(),
    };
    Ok(Message::text(sentence))
}

/// Why a file that was handed in was not read.
pub(super) fn not_fetched(why: NotFetched) -> Message {
    Message::text(match why {
        NotFetched::TooLarge { most } => text::too_large(most),
        NotFetched::NoText => text::NO_TEXT.to_owned(),
        NotFetched::NotCome | NotFetched::Gone => text::NOT_COME.to_owned(),
    })
}
