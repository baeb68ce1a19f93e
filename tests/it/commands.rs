//! Every command and button, by everybody, everywhere: what may not be done is refused kindly and
//! changes nothing.

use chrono::TimeDelta;
use discord_sim::people::{Person, Seen};
use discord_sim::world::{NewChannel, NewMessage};
use insta::assert_snapshot;
use sameday::domain::ids::UserId;
use sameday::domain::ticket::{Status, Ticket};
use serde_json::{Value, json};

use crate::stage::{Stage, act};

const COMMANDS: [&str; 6] = [
    "/claim", "/release", "/resolve", "/reopen", "/queue", "/why",
];

async fn ticket(stage: &Stage, post: u64) -> Ticket {
    stage.settles().await;
    let ticket = stage.ticket(post).await;
    stage.store().load_ticket(ticket).await.unwrap().ticket
}

/// How many facts are recorded about a ticket.
async fn facts(stage: &Stage, post: u64) -> usize {
    stage.settles().await;
    let ticket = stage.ticket(post).await;
    stage.store().list_events(ticket).await.unwrap().len()
}

/// The first line of what a command answers, which only the person sees.
async fn told(stage: &Stage, person: &Person, channel: u64, typed: &str) -> String {
    let answer = person.runs_when_offered(channel, typed).await.unwrap();
    let shown = answer.message().await.unwrap();
    assert!(shown.is_whisper(), "everybody sees the answer to {typed}");
    stage.settles().await;
    let text = stage.looks_at(&shown);
    let text = stage
        .with_names(&text)
        .replace(&channel.to_string(), "HERE");
    text.lines().next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn in_a_place_that_is_no_help_thread_nothing_is_done() {
    let stage = Stage::opens().await;
    let message = stage.ann.posts(stage.lounge, "Nice weather.").unwrap();
    let thread = stage.starts_thread(&stage.ann, stage.lounge, message, "Weather");
    let mut said = Vec::new();
    for command in COMMANDS {
        for place in [stage.lounge, thread, stage.help] {
            said.push(format!(
                "{command}: {}",
                told(&stage, &stage.eva, place, command).await
            ));
        }
    }
    said.dedup();
    assert_snapshot!(said.join("\n"), @"
    /claim: This is not a help thread I look after. Please use this inside one.
    /release: This is not a help thread I look after. Please use this inside one.
    /resolve: This is not a help thread I look after. Please use this inside one.
    /reopen: This is not a help thread I look after. Please use this inside one.
    /queue: Nothing is open. Well done!
    /why: This is not a help thread I look after. Please use this inside one.
    ");
    stage.ends().await;
}

#[tokio::test]
async fn who_may_do_what_to_a_fresh_question() {
    let stage = Stage::opens().await;
    let post = stage.asked().await;
    let before = facts(&stage, post).await;
    let mut said = Vec::new();
    for (person, commands) in [
        (
            &stage.ann,
            &["/claim", "/release", "/reopen", "/queue", "/why"][..],
        ),
        (&stage.ben, &COMMANDS[..]),
        (&stage.eva, &["/release", "/reopen"][..]),
        (&stage.mia, &["/release", "/reopen"][..]),
    ] {
        for command in commands {
            let answer = told(&stage, person, post, command).await;
            said.push(format!("{} {command}: {answer}", person.name()));
        }
    }
    assert_snapshot!(said.join("\n"), @"
    Ann /claim: Claiming is for the team. You can answer all the same: every helpful answer counts.
    Ann /release: Only the person who claimed it, or a moderator, can give it back.
    Ann /reopen: It is open already: write here what is still missing.
    Ann /queue: The queue is for the team. By when your own question is answered is written on the card in its thread.
    Ann /why: <@ANN> asked <t:1794992400:F>: [this message](https://discord.com/channels/GUILD/HERE/HERE)
    Ben /claim: Claiming is for the team. You can answer all the same: every helpful answer counts.
    Ben /release: Only the person who claimed it, or a moderator, can give it back.
    Ben /resolve: Only the person who asked, or somebody on the team, can resolve this.
    Ben /reopen: Only the person who asked, or somebody on the team, can reopen this.
    Ben /queue: The queue is for the team. By when your own question is answered is written on the card in its thread.
    Ben /why: <@ANN> asked <t:1794992400:F>: [this message](https://discord.com/channels/GUILD/HERE/HERE)
    Eva /release: Nobody has this one, so there is nothing to give back.
    Eva /reopen: It is open already: write here what is still missing.
    Mia /release: Nobody has this one, so there is nothing to give back.
    Mia /reopen: It is open already: write here what is still missing.
    ");
    assert_eq!(facts(&stage, post).await, before, "something was recorded");
    stage.ends().await;
}

#[tokio::test]
async fn only_the_claimer_or_a_moderator_gives_a_question_back() {
    let stage = Stage::opens().await;
    let post = stage.asked().await;
    let mut said = Vec::new();
    for (person, command) in [
        (&stage.eva, "/claim"),
        (&stage.eva, "/claim"),
        (&stage.tom, "/claim"),
        (&stage.tom, "/release"),
        (&stage.ann, "/release"),
        (&stage.ben, "/release"),
        (&stage.eva, "/release"),
        (&stage.tom, "/claim"),
        (&stage.mia, "/release"),
        (&stage.mia, "/claim"),
    ] {
        let answer = told(&stage, person, post, command).await;
        let claim = ticket(&stage, post).await.claim;
        let claimer = [&stage.eva, &stage.tom, &stage.mia]
            .into_iter()
            .find(|person| claim.is_some_and(|claim| claim.by == UserId(person.id())));
        let claimer = claimer.map_or("nobody".to_owned(), Person::name);
        said.push(format!("{} {command}: {answer} ({claimer})", person.name()));
    }
    assert_snapshot!(said.join("\n"), @"
    Eva /claim: It's yours. The card now says that you are on it. An answer is due <t:1795017600:F> (<t:1795017600:R>). (Eva)
    Eva /claim: You have this one already. An answer is due <t:1795017600:F> (<t:1795017600:R>). (Eva)
    Tom /claim: <@EVA> has this one since <t:1794992400:R>. Ask them to `/release` it if you want to take over. (Eva)
    Tom /release: <@EVA> has this one since <t:1794992400:R>. Only they or a moderator can give it back. (Eva)
    Ann /release: Only the person who claimed it, or a moderator, can give it back. (Eva)
    Ben /release: Only the person who claimed it, or a moderator, can give it back. (Eva)
    Eva /release: It is free again; anybody on the team can claim it. (nobody)
    Tom /claim: It's yours. The card now says that you are on it. An answer is due <t:1795017600:F> (<t:1795017600:R>). (Tom)
    Mia /release: It is free again; anybody on the team can claim it. (nobody)
    Mia /claim: It's yours. The card now says that you are on it. An answer is due <t:1795017600:F> (<t:1795017600:R>). (Mia)
    ");
    stage.card(post).await;
    stage.ends().await;
}

#[tokio::test]
async fn resolved_and_opened_by_whom_it_concerns() {
    let stage = Stage::opens().await;
    let post = stage.asked().await;
    let mut said = Vec::new();
    for (person, command) in [
        (&stage.ben, "/resolve"),
        (&stage.ann, "/resolve"),
        (&stage.ann, "/resolve"),
        (&stage.eva, "/claim"),
        (&stage.ben, "/reopen"),
        (&stage.ann, "/reopen"),
        (&stage.ann, "/reopen"),
        (&stage.eva, "/resolve"),
        (&stage.tom, "/reopen"),
        (&stage.mia, "/resolve"),
        (&stage.mia, "/reopen"),
    ] {
        let answer = told(&stage, person, post, command).await;
        let status = match ticket(&stage, post).await.status {
            Status::Open => "open",
            Status::Resolved { .. } => "resolved",
            Status::Gone { .. } => "gone",
        };
        said.push(format!("{} {command}: {answer} ({status})", person.name()));
    }
    assert_snapshot!(said.join("\n"), @"
    Ben /resolve: Only the person who asked, or somebody on the team, can resolve this. (open)
    Ann /resolve: Resolved. When the asker writes again, it opens again by itself. (resolved)
    Ann /resolve: It is resolved already. (resolved)
    Eva /claim: This one is resolved. Use `/reopen` first if there is more to do. (resolved)
    Ben /reopen: Only the person who asked, or somebody on the team, can reopen this. (resolved)
    Ann /reopen: It is open again. An answer is due <t:1795017600:F> (<t:1795017600:R>). (open)
    Ann /reopen: It is open already: write here what is still missing. (open)
    Eva /resolve: Resolved. When the asker writes again, it opens again by itself. (resolved)
    Tom /reopen: It is open again. An answer is due <t:1795017600:F> (<t:1795017600:R>). (open)
    Mia /resolve: Resolved. When the asker writes again, it opens again by itself. (resolved)
    Mia /reopen: It is open again. An answer is due <t:1795017600:F> (<t:1795017600:R>). (open)
    ");
    stage.card(post).await;
    stage.ends().await;
}

#[tokio::test]
async fn a_click_that_comes_twice_is_one() {
    let stage = Stage::opens().await;
    let post = stage.asked().await;
    let card = stage.card(post).await;
    stage.sim.gateway().duplicate_next(1);
    let answer = stage.eva.clicks(&card, "Claim").unwrap();
    let told = answer.told().await.unwrap();
    stage.settles().await;
    assert!(stage.looks_at(&told).contains("It's yours"));
    stage.card(post).await;
    let whispers = stage.eva.sees(post).unwrap();
    assert_eq!(whispers.iter().filter(|seen| seen.is_whisper()).count(), 1);
    stage.ends().await;
}

/// A message of the bot with a button that it never made.
fn forges(stage: &Stage, channel: u64, custom_id: &str) -> Seen {
    let button = json!({
        "type": 1,
        "components": [{"type": 2, "style": 1, "label": "Press", "custom_id": custom_id}],
    });
    forges_row(stage, channel, button)
}

fn forges_row(stage: &Stage, channel: u64, row: Value) -> Seen {
    let mut message = NewMessage::text("From long ago");
    message.components = vec![row];
    let sent = stage.bot.sends(channel, message).unwrap();
    stage.sim.interactions().mark_read(sent);
    let seen = stage.bot.sees(channel).unwrap();
    seen.into_iter().find(|seen| seen.id() == sent).unwrap()
}

/// What pressing a button answers, first or after "is thinking".
async fn pressed(stage: &Stage, person: &Person, message: &Seen) -> String {
    let answer = person.clicks(message, "Press").unwrap();
    let told = answer.told().await.unwrap();
    assert!(told.is_whisper());
    stage.settles().await;
    stage.looks_at(&told)
}

#[tokio::test]
async fn buttons_that_the_bot_never_made_do_nothing() {
    let stage = Stage::opens().await;
    let post = stage.asked().await;
    let before = facts(&stage, post).await;
    let mut said = Vec::new();
    for custom_id in [
        "x",
        "claim",
        "sameday0:claim:1",
        "sameday1:claim",
        "sameday1:claim:01",
        "sameday1:claim:1:1",
        "sameday1:claim:999999",
        "sameday1:claim:-1",
        "sameday1:claim:9223372036854775807",
        "sameday1:claim:9223372036854775808",
        "sameday1:erase:1",
        "sameday1:filter",
        "sameday1:queue:everything:0",
    ] {
        let message = forges(&stage, post, custom_id);
        said.push(format!(
            "{custom_id}: {}",
            pressed(&stage, &stage.eva, &message).await
        ));
    }
    assert_snapshot!(said.join("\n"), @"
    x: This button is from an older version of me. Please use `/claim`, `/resolve` or `/queue` instead.
    claim: This button is from an older version of me. Please use `/claim`, `/resolve` or `/queue` instead.
    sameday0:claim:1: This button is from an older version of me. Please use `/claim`, `/resolve` or `/queue` instead.
    sameday1:claim: This button is from an older version of me. Please use `/claim`, `/resolve` or `/queue` instead.
    sameday1:claim:01: This button is from an older version of me. Please use `/claim`, `/resolve` or `/queue` instead.
    sameday1:claim:1:1: This button is from an older version of me. Please use `/claim`, `/resolve` or `/queue` instead.
    sameday1:claim:999999: This is not a help thread I look after. Please use this inside one.
    sameday1:claim:-1: This is not a help thread I look after. Please use this inside one.
    sameday1:claim:9223372036854775807: This is not a help thread I look after. Please use this inside one.
    sameday1:claim:9223372036854775808: This button is from an older version of me. Please use `/claim`, `/resolve` or `/queue` instead.
    sameday1:erase:1: This button is from an older version of me. Please use `/claim`, `/resolve` or `/queue` instead.
    sameday1:filter: This button is from an older version of me. Please use `/claim`, `/resolve` or `/queue` instead.
    sameday1:queue:everything:0: This button is from an older version of me. Please use `/claim`, `/resolve` or `/queue` instead.
    ");
    assert_eq!(facts(&stage, post).await, before);
    stage.ends().await;
}

#[tokio::test]
async fn a_form_that_the_bot_never_opened_is_answered() {
    let stage = Stage::opens().await;
    let row = json!({
        "type": 1,
        "components": [{"type": 3, "custom_id": "sameday1:filter", "placeholder": "Filter", "options": [
            {"label": "Everything", "value": "everything"},
        ]}],
    });
    let message = forges_row(&stage, stage.staff_channel, row);
    let answer = stage
        .eva
        .selects(&message, "Filter", &["Everything"])
        .unwrap();
    let told = answer.message().await.unwrap();
    assert!(told.is_whisper());
    assert_snapshot!(stage.looks_at(&told), @"This button is from an older version of me. Please use `/claim`, `/resolve` or `/queue` instead.");
    stage.ends().await;
}

#[tokio::test]
async fn elsewhere_and_in_private_it_says_where_it_works() {
    let stage = Stage::opens().await;
    let post = stage.asked().await;
    let ticket = stage.ticket(post).await;
    let before = facts(&stage, post).await;
    let claim = format!("sameday1:claim:{ticket}");

    // Olga's other server, which is not in the settings: Eva has every permission there.
    let elsewhere = act(&stage.sim, |world| {
        let guild = world.add_guild("Elsewhere", stage.eva.id());
        world.invite_bot(guild, stage.bot.id(), 1 << 3)?;
        world.add_channel(guild, NewChannel::text("elsewhere"))
    });
    let message = forges(&stage, elsewhere, &claim);
    assert_snapshot!(pressed(&stage, &stage.eva, &message).await, @"I don't work on this server: it is not in my settings. Whoever runs me can add it.");
    assert!(
        stage.eva.runs(elsewhere, "/claim").is_err(),
        "commands are offered there"
    );

    let private = act(&stage.sim, |world| {
        world.open_direct(stage.bot.id(), stage.eva.id())
    });
    let message = forges(&stage, private, &claim);
    assert_snapshot!(pressed(&stage, &stage.eva, &message).await, @"I only work in the help threads of a server, not in private.");

    // In its own server, but far from its thread, the number of a ticket says nothing about rights.
    let message = forges(&stage, stage.lounge, &claim);
    let said = pressed(&stage, &stage.ben, &message).await;
    assert!(said.contains("Claiming is for the team"), "{said}");
    assert_eq!(facts(&stage, post).await, before);
    stage.ends().await;
}

#[tokio::test]
async fn the_queue_is_turned_page_by_page() {
    let stage = Stage::opens().await;
    let empty = told(&stage, &stage.eva, stage.staff_channel, "/queue").await;
    assert_snapshot!(empty, @"Nothing is open. Well done!");
    for number in 0..60 {
        stage
            .ann
            .asks(stage.forum, format!("Question {number}"), "?")
            .unwrap();
        stage.passes(TimeDelta::seconds(30)).await;
    }
    stage.settles().await;
    let answer = stage.eva.runs(stage.staff_channel, "/queue").unwrap();
    let mut page = answer.message().await.unwrap();
    assert!(page.is_whisper());
    let mut seen = std::collections::BTreeSet::new();
    let mut pages = 0;
    loop {
        pages += 1;
        let text = stage.looks_at(&page);
        let threads: Vec<String> = text
            .split("<#")
            .skip(1)
            .map(|rest| rest.split('>').next().unwrap().to_owned())
            .collect();
        assert_eq!(threads.len(), 10, "{text}");
        seen.extend(threads);
        // On the last page the button is there, but cannot be pressed.
        let Ok(turned) = stage.eva.clicks(&page, "Next") else {
            break;
        };
        page = turned.message().await.unwrap();
        let turned_to = format!("Page {} of 6", pages + 1).to_lowercase();
        page = stage
            .eva
            .waits(stage.staff_channel, |seen| {
                seen.is_whisper() && seen.text().to_lowercase().contains(&turned_to)
            })
            .await
            .unwrap_or(page);
    }
    assert_eq!((pages, seen.len()), (6, 60));
    let mut said = Vec::new();
    for filter in [
        "Unanswered",
        "At risk",
        "Overdue",
        "Mine",
        "Unclaimed",
        "All open",
    ] {
        let chosen = stage.eva.selects(&page, "", &[filter]).unwrap();
        chosen.acknowledged().await.unwrap();
        stage.settles().await;
        let typed = format!("/queue filter:{filter}");
        let heading = told(&stage, &stage.eva, stage.staff_channel, &typed).await;
        // The page that was there shows the same now.
        page = stage
            .eva
            .waits(stage.staff_channel, |seen| {
                seen.id() == page.id() && seen.says(&heading)
            })
            .await
            .unwrap();
        said.push(heading);
    }
    assert_snapshot!(said.join("\n"), @"
    **60 threads wait**, longest wait first (page 1 of 6)
    No answer is due soon.
    Nothing is overdue.
    You have nothing open.
    **60 open threads are unclaimed**, longest wait first (page 1 of 6)
    **60 open threads**, longest wait first (page 1 of 6)
    ");
    let mut stage = stage;
    stage.ends_unread().await;
}
