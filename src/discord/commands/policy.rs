//! `/policy`: the promise, row by row.

use serenity::model::channel::PartialChannel;
use serenity::model::guild::Role;

use super::{Context, begin, change, end, names};
use crate::config::PolicyKey;
use crate::discord::person::Person;
use crate::discord::tags::{self, Tags};
use crate::discord::views::message::Message;
use crate::discord::{Broken, Data, settings};
use crate::domain::event::Priority;
use crate::domain::ids::{ChannelId, RoleId};
use crate::domain::preview;
use crate::domain::ticket::Ticket;
use crate::ledger::intent::Rank;
use crate::text;

/// What is promised, and to whom
#[expect(clippy::unused_async, reason = "poise takes nothing else")]
#[poise::command(
    slash_command,
    subcommands("list", "test", "add", "set", "move_to", "remove", "changes"),
    subcommand_required
)]
pub(super) async fn policy(_: Context<'_>) -> Result<(), Broken> {
    Ok(())
}

/// The policies in order: the first that matches a thread is its promise
#[poise::command(slash_command)]
async fn list(ctx: Context<'_>) -> Result<(), Broken> {
    let Some((talk, person)) = begin(ctx).await else {
        return Ok(());
    };
    if person.rank < Rank::Staff && !person.may_change_settings {
        return end(talk, Ok(Message::text(text::settings::FOR_THE_TEAM))).await;
    }
    let data = ctx.framework.user_data;
    let in_force = settings::in_force(data, &person).await?;
    let rows = tags::policies(data, &person, &in_force.document).await?;
    let policies = text::settings::policies(&rows);
    end(talk, Ok(settings::long(&policies.join("\n")))).await
}

/// Which policy a thread would be under, and by when it would be answered
#[poise::command(slash_command)]
async fn test(
    ctx: Context<'_>,
    #[description = "The channel it hangs on"]
    #[channel_types("Forum", "Text", "News")]
    channel: PartialChannel,
    #[description = "Its priority; normal, if left out"] priority: Option<Urgency>,
    #[description = "A role of the asker's"] asker_role: Option<Role>,
    #[description = "A tag of the post; several between commas"]
    #[max_length = 200]
    tag: Option<String>,
    #[description = "Asked then, such as: friday 16:30"]
    #[max_length = 100]
    at: Option<String>,
) -> Result<(), Broken> {
    let Some((talk, person)) = begin(ctx).await else {
        return Ok(());
    };
    if person.rank < Rank::Staff && !person.may_change_settings {
        return end(talk, Ok(Message::text(text::settings::FOR_THE_TEAM))).await;
    }
    let data = ctx.framework.user_data;
    let now = data.clock.now();
    let channel = ChannelId(channel.id.get());
    let tags = match tag {
        Some(tag) => Tags::load(data, &person).await?.find(&tag),
        None => Ok(Vec::new()),
    };
    let tags = match tags {
        Ok(tags) => tags,
        Err(error) => {
            return end(talk, Ok(Message::text(text::settings::not_tested(&error)))).await;
        }
    };
    let ticket = Ticket {
        channel: Some(channel),
        asker_roles: asker_role
            .iter()
            .map(|role| RoleId(role.id.get()))
            .collect(),
        tags,
        ..Ticket::default()
    };
    let priority = priority.map_or(Priority::Normal, Urgency::priority);
    let promise = person.guild.service_level.newest();
    let policy = promise.find_policy(&ticket, priority);
    let Some(policy) = policy.filter(|_| person.guild.watches(channel)) else {
        return end(talk, Ok(Message::text(text::settings::NOT_PROMISED))).await;
    };
    let message = match preview::preview(std::slice::from_ref(policy), None, at.as_deref(), now) {
        Ok(previews) => settings::monospaced(&text::due::preview(&previews, now)),
        Err(error) => Message::text(text::answer::no_date(&error.to_string())),
    };
    end(talk, Ok(message)).await
}

/// Promise something to some threads
#[expect(
    clippy::too_many_arguments,
    reason = "poise makes an option of each argument"
)]
#[poise::command(slash_command)]
async fn add(
    ctx: Context<'_>,
    #[description = "Its name"]
    #[max_length = 40]
    name: String,
    #[description = "The calendar in which it counts; /hours show lists them"]
    #[autocomplete = "names::calendars"]
    #[max_length = 40]
    calendar: String,
    #[description = "Answers are due within: same day, 4h (support time) or 1h wall"]
    #[max_length = 60]
    answer: String,
    #[description = "Only threads of this channel"]
    #[channel_types("Forum", "Text", "News")]
    channel: Option<PartialChannel>,
    #[description = "Only threads of this priority"] priority: Option<Urgency>,
    #[description = "Only posts with this forum tag; several between commas"]
    #[max_length = 200]
    tag: Option<String>,
    #[description = "Only askers with this role"] asker_role: Option<Role>,
    #[description = "Its place in the order, counted from 1; the last, if left out"]
    #[min = 1]
    #[max = 1000]
    place: Option<usize>,
) -> Result<(), Broken> {
    let Some((talk, person)) = begin(ctx).await else {
        return Ok(());
    };
    let data = ctx.framework.user_data;
    let tags = match &tag {
        Some(_) => tags_to_set(data, &person).await?,
        None => Tags::default(),
    };
    let offered = settings::change(data, &person, |document| {
        document.add_policy(&name, place)?;
        let name = name.trim();
        document.set_policy(name, PolicyKey::Calendar, &calendar)?;
        if let Some(channel) = &channel {
            document.set_policy(name, PolicyKey::Channels, &channel.id.to_string())?;
        }
        if let Some(priority) = priority {
            document.set_policy(name, PolicyKey::Priority, priority.word())?;
        }
        if let Some(tag) = &tag {
            document.set_policy(name, PolicyKey::Tags, &tags.ids(tag)?)?;
        }
        if let Some(role) = &asker_role {
            document.set_policy(name, PolicyKey::AskerRoles, &role.id.to_string())?;
        }
        document.set_policy(name, PolicyKey::FirstResponse, &answer)?;
        document.set_policy(name, PolicyKey::NextResponse, &answer)?;
        document.set_policy(name, PolicyKey::Warning, USUAL_WARNING)
    });
    end(talk, offered.await).await
}

/// The tags that can be named. Whoever may change nothing is told so, and nothing is asked.
async fn tags_to_set(data: &Data, person: &Person) -> Result<Tags, Broken> {
    if person.may_change_settings {
        Ok(Tags::load(data, person).await?)
    } else {
        Ok(Tags::default())
    }
}

/// When somebody is warned unless it is set otherwise: a share fits every target.
const USUAL_WARNING: &str = "75%";

/// Change something about a policy
#[poise::command(slash_command)]
async fn set(
    ctx: Context<'_>,
    #[description = "Its name"]
    #[autocomplete = "names::policies"]
    #[max_length = 40]
    policy: String,
    #[description = "What about it"] what: What,
    #[description = "Such as: same day, 4h, 75%, staff, #help - or: none"]
    #[max_length = 400]
    to: String,
) -> Result<(), Broken> {
    let Some((talk, person)) = begin(ctx).await else {
        return Ok(());
    };
    let data = ctx.framework.user_data;
    let tags = match what {
        What::Tags => tags_to_set(data, &person).await?,
        _ => Tags::default(),
    };
    let offered = settings::change(data, &person, |document| match what {
        What::Tags => document.set_policy(&policy, PolicyKey::Tags, &tags.ids(&to)?),
        _ => document.set_policy(&policy, what.key(), &to),
    });
    end(talk, offered.await).await
}

/// Put a policy in another place: the first that matches counts
#[poise::command(slash_command, rename = "move")]
async fn move_to(
    ctx: Context<'_>,
    #[description = "Its name"]
    #[autocomplete = "names::policies"]
    #[max_length = 40]
    policy: String,
    #[description = "Counted from 1"]
    #[min = 1]
    #[max = 1000]
    place: usize,
) -> Result<(), Broken> {
    change(ctx, |document| document.move_policy(&policy, place)).await
}

/// Promise this no more
#[poise::command(slash_command)]
async fn remove(
    ctx: Context<'_>,
    #[description = "Its name"]
    #[autocomplete = "names::policies"]
    #[max_length = 40]
    policy: String,
) -> Result<(), Broken> {
    change(ctx, |document| document.remove_policy(&policy)).await
}

/// What changes do to clocks that run
#[poise::command(slash_command)]
async fn changes(
    ctx: Context<'_>,
    #[description = "What changes"] of: Changed,
    #[description = "What that does to clocks that run"] then: Then,
) -> Result<(), Broken> {
    change(ctx, |document| document.set_changes(of.key(), then.word())).await
}

/// What can change while clocks run.
#[derive(Clone, Copy, Debug, poise::ChoiceParameter)]
enum Changed {
    #[name = "these settings: keep or recompute"]
    Settings,
    #[name = "a priority: forward, recompute or reset"]
    Priority,
    #[name = "resolved to open again: continue or reset"]
    Reopening,
}

impl Changed {
    fn key(self) -> &'static str {
        match self {
            Self::Settings => "policy",
            Self::Priority => "priority",
            Self::Reopening => "reopening",
        }
    }
}

/// What a change does; not all of it fits every change, which the reader of the settings says.
#[derive(Clone, Copy, Debug, poise::ChoiceParameter)]
enum Then {
    #[name = "keep"]
    Keep,
    #[name = "forward"]
    Forward,
    #[name = "recompute"]
    Recompute,
    #[name = "continue"]
    Continue,
    #[name = "reset"]
    Reset,
}

impl Then {
    fn word(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Forward => "forward",
            Self::Recompute => "recompute",
            Self::Continue => "continue",
            Self::Reset => "reset",
        }
    }
}

/// A priority, as it is chosen.
#[derive(Clone, Copy, Debug, poise::ChoiceParameter)]
enum Urgency {
    #[name = "normal"]
    Normal,
    #[name = "critical"]
    Critical,
}

impl Urgency {
    fn priority(self) -> Priority {
        match self {
            Self::Normal => Priority::Normal,
            Self::Critical => Priority::Critical,
        }
    }

    /// As the settings write it.
    fn word(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Critical => "critical",
        }
    }
}

/// What can be changed about a policy.
#[derive(Clone, Copy, Debug, poise::ChoiceParameter)]
enum What {
    #[name = "its name"]
    Name,
    #[name = "its calendar"]
    Calendar,
    #[name = "the first answer is due within"]
    FirstResponse,
    #[name = "each later answer is due within"]
    NextResponse,
    #[name = "when somebody is warned"]
    Warning,
    #[name = "whose answer counts: anyone or staff"]
    AnsweredBy,
    #[name = "only threads of these channels"]
    Channels,
    #[name = "only threads of this priority"]
    Priority,
    #[name = "only posts with one of these forum tags"]
    Tags,
    #[name = "only askers with one of these roles"]
    AskerRoles,
    #[name = "solved within"]
    Resolution,
    #[name = "a community answer stands unconfirmed for"]
    ConfirmWithin,
    #[name = "who is told: the name of a ladder"]
    Ladder,
}

impl What {
    fn key(self) -> PolicyKey {
        match self {
            Self::Name => PolicyKey::Name,
            Self::Calendar => PolicyKey::Calendar,
            Self::FirstResponse => PolicyKey::FirstResponse,
            Self::NextResponse => PolicyKey::NextResponse,
            Self::Warning => PolicyKey::Warning,
            Self::AnsweredBy => PolicyKey::AnsweredBy,
            Self::Channels => PolicyKey::Channels,
            Self::Priority => PolicyKey::Priority,
            Self::Tags => PolicyKey::Tags,
            Self::AskerRoles => PolicyKey::AskerRoles,
            Self::Resolution => PolicyKey::Resolution,
            Self::ConfirmWithin => PolicyKey::ConfirmWithin,
            Self::Ladder => PolicyKey::Ladder,
        }
    }
}
