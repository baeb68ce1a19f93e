//! A busy desk: a day with two hundred threads of real size.

use std::sync::Arc;

use anyhow::Context;
use chrono::TimeDelta;
use discord_sim::page::{Look, Scene};
use discord_sim::people::Person;

use super::chatter::{self, Author, Reply, Thread};
use super::{Play, Script, Stage, look};
use crate::domain::ids::GuildId;
use crate::store::{Filter, Page};

const THREADS: usize = 200;
const SEED: u64 = 17;
/// Questions come from 9:00 to 16:30.
const OPENED_FOR: TimeDelta = TimeDelta::minutes(450);
/// So many acts are done before the bot is waited for.
const AT_ONCE: usize = 20;

pub(super) fn scene(stage: &Arc<Stage>) -> Scene {
    Script::new(
        stage,
        "200 real-sized threads",
        "A whole day of a large community, made up, with the lengths that real threads have.",
    )
    .step(
        "9:00 to 12:00: the morning. Every thread has its card.",
        async |play| {
            play.begins("09:00").await?;
            day(&play, 0, 180).await?;
            look(&play.team().ann, play.places().forum)
        },
    )
    .step(
        "12:00 to 14:59: the first hours of the afternoon.",
        async |play| {
            day(&play, 180, 359).await?;
            look(&play.team().eva, play.places().forum)
        },
    )
    .step(
        "15:00 Everything due at 17:00 that nobody has answered is one message.",
        async |play| {
            day(&play, 359, 360).await?;
            look(&play.team().eva, play.places().staff_channel)
        },
    )
    .step(
        "16:59 The team has worked on. /queue shows what is left.",
        async |play| {
            day(&play, 360, 479).await?;
            let staff = play.places().staff_channel;
            play.stage
                .runs(&play.team().eva, staff, "/queue filter:Unanswered")
                .await?;
            look(&play.team().eva, staff)
        },
    )
    .step(
        "17:01 What is late now is told to staff and moderators, in one message each.",
        async |play| {
            play.comes("17:01").await?;
            look(&play.team().mia, play.places().moderator_channel)
        },
    )
    .step("Until 18:30 Eva and Tom answer every one of them.", clear)
    .done()
}

/// Plays the day's talk from one minute to another, counted from 9:00.
async fn day(play: &Play, from: i64, to: i64) -> anyhow::Result<()> {
    let began_at = play.stage.now() - TimeDelta::minutes(from);
    let (from, to) = (TimeDelta::minutes(from), TimeDelta::minutes(to));
    let threads = chatter::threads(SEED, THREADS, NAMES.len(), OPENED_FOR);
    let mut acts = Vec::new();
    for (number, thread) in threads.iter().enumerate() {
        acts.push((thread.at, number, thread, None));
        let replies = thread.replies.iter();
        acts.extend(replies.map(|reply| (thread.at + reply.after, number, thread, Some(reply))));
    }
    acts.retain(|(at, ..)| (from..to).contains(at));
    acts.sort_by_key(|(at, number, ..)| (*at, *number));
    for some in acts.chunks(AT_ONCE) {
        for (at, number, thread, reply) in some {
            play.stage.skips_to(began_at + *at).await;
            act(play, *number, thread, *reply)?;
        }
        play.stage.settles().await?;
    }
    play.stage.passes_to(began_at + to).await
}

/// Opens a thread, or writes a reply in it.
fn act(play: &Play, number: usize, thread: &Thread, reply: Option<&Reply>) -> anyhow::Result<()> {
    let key = format!("busy {number}");
    let asker = somebody(play, thread.asker)?;
    let Some(reply) = reply else {
        let opened = asker.asks(play.places().forum, &thread.title, &thread.text)?;
        play.keep(&key, opened);
        return Ok(());
    };
    let by = match reply.by {
        Author::Asker => asker,
        Author::Other(other) => somebody(play, other)?,
        Author::Staff => staff(play, number),
    };
    by.posts(play.thread(&key)?, &reply.text).map(drop)
}

/// Every question that waits is answered.
async fn clear(play: Arc<Play>) -> anyhow::Result<Option<Look>> {
    let all = Page {
        offset: 0,
        size: 10_000,
    };
    let (guild, now) = (GuildId(play.places().guild), play.stage.now());
    let waiting = play
        .stage
        .asks(async |store| store.list_queue(guild, Filter::Unanswered, now, all).await);
    let (waiting, _) = waiting.await.context("the bot does not run")??;
    for (number, row) in waiting.iter().enumerate() {
        play.stage
            .skips_to(play.stage.now() + TimeDelta::seconds(40))
            .await;
        staff(&play, number).posts(
            row.thread.0,
            "Sorry that you had to wait! Please try 1.4.1; it mends this.",
        )?;
        if number.is_multiple_of(AT_ONCE) {
            play.stage.settles().await?;
        }
    }
    play.comes("18:30").await?;
    let last = waiting.last().map(|row| row.thread.0);
    look(&play.team().eva, last.unwrap_or(play.places().forum))
}

fn staff(play: &Play, number: usize) -> Person {
    let team = play.team();
    let one = if number.is_multiple_of(2) {
        &team.eva
    } else {
        &team.tom
    };
    one.clone()
}

/// Somebody of the large community, who joins with their first word.
fn somebody(play: &Play, number: usize) -> anyhow::Result<Person> {
    let name = NAMES.get(number).context("so many people there are not")?;
    let sim = &play.stage.sim;
    let person = sim.person(name);
    let guild = play.places().guild;
    let is_in = sim.read(|world| {
        let guild = world.guilds.get(&guild);
        guild.is_some_and(|guild| guild.members.contains_key(&person.id()))
    });
    if !is_in {
        person.joins(guild, &[])?;
    }
    Ok(person)
}

const NAMES: [&str; 40] = [
    "Ada", "Aki", "Amir", "Anouk", "Bao", "Bela", "Carlo", "Chidi", "Dana", "Dev", "Elif", "Emil",
    "Fern", "Gita", "Hana", "Hugo", "Ida", "Ivo", "Jun", "Kaya", "Keno", "Lena", "Luz", "Mats",
    "Milo", "Nils", "Odile", "Omar", "Pia", "Quinn", "Rosa", "Sami", "Suki", "Tariq", "Uma",
    "Vera", "Wim", "Xena", "Yara", "Zoe",
];
