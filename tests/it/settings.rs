//! Settings that are changed on Discord: shown first, then made, by one person at a time, and in
//! force at once.

mod duty;
mod promise;
mod refused;
mod running;
mod tags;

use chrono::TimeDelta;
use discord_sim::people::{Person, Seen};
use insta::assert_snapshot;
use sameday::settings::{self, History};
use sameday::store::Store;

use crate::stage::{Stage, Wishes};

/// What somebody reads as Discord shows it: without the characters that only keep text plain.
fn shown(stage: &Stage, seen: &Seen) -> String {
    let text = stage.looks_at(seen).replace(['\\', '\u{200b}'], "");
    stage.with_names(&text)
}

/// Types a command about the settings; only the person sees the answer.
async fn types(stage: &Stage, person: &Person, typed: &str) -> Seen {
    let answer = person.runs_when_offered(stage.lounge, typed).await.unwrap();
    let seen = answer.message().await.unwrap();
    assert!(seen.is_whisper(), "everybody sees the answer to {typed}");
    stage.settles().await;
    seen
}

async fn told(stage: &Stage, person: &Person, typed: &str) -> String {
    let seen = types(stage, person, typed).await;
    shown(stage, &seen)
}

/// Presses a button below an offered change and reads what becomes of it.
async fn presses(stage: &Stage, person: &Person, offer: &Seen, button: &str) -> String {
    let answer = person.clicks(offer, button).unwrap();
    answer.acknowledged().await.unwrap();
    let answered = |seen: &Seen| seen.id() == offer.id() && seen.buttons().is_empty();
    let seen = person.waits(stage.lounge, answered).await.unwrap();
    stage.settles().await;
    shown(stage, &seen)
}

/// Changes something: reads the offer, and makes the change.
async fn changes(stage: &Stage, person: &Person, typed: &str) -> String {
    let offer = types(stage, person, typed).await;
    let offered = shown(stage, &offer);
    assert!(offered.contains("[Change it]"), "{typed}: {offered}");
    let done = presses(stage, person, &offer, "Change it").await;
    assert!(done.starts_with("Done: version "), "{typed}: {done}");
    offered
}

async fn is_tracked(stage: &Stage, thread: u64) -> bool {
    let thread = sameday::domain::ids::ThreadId(thread);
    let found = stage.store().find_ticket_by_thread(thread).await;
    found.unwrap().is_some()
}

#[tokio::test]
async fn settings_are_handed_out_changed_and_handed_in() {
    let mut stage = Stage::opens().await;
    assert_snapshot!(told(&stage, &stage.eva, "/settings show").await, @"
    Tickets are the threads of <#FORUM>, <#HELP>.
    Staff is <@&STAFF_ROLE>, told in <#STAFF_CHANNEL>.
    Moderators are <@&MODERATOR_ROLE>, told in <#MODERATOR_CHANNEL>.
    **Calendars**
    support: Mon to Fri 09:00-17:00; Sat and Sun closed (Europe/Berlin)
    around_the_clock: round the clock (UTC)
    **Promise** (the first that matches)
    1. critical: priority critical; calendar around_the_clock; first response 1h; next response 1h; warning 50%; answered by staff
    2. same day: calendar support; first response same day; next response same day; warning 2h
    **Versions**
    1: from the settings file, in force since <t:1794992400:F>
    ");
    let handed_out = types(&stage, &stage.mia, "/settings export").await;
    assert_snapshot!(shown(&stage, &handed_out), @"Version 1 of the settings. Change what you like and hand it in with `/settings import`.");
    let text = stage.mia.opens_file(&handed_out, "sameday.toml").unwrap();
    assert_eq!(text, stage.settings(), "as the file has it");

    stage.mia.has_file("same.toml", text.clone());
    assert_snapshot!(told(&stage, &stage.mia, "/settings import file:same.toml").await, @"It is like that already, so there is nothing to change.");

    let changed = text
        .replace(
            "first_response = \"same day\"",
            "first_response = \"4h\" # as promised",
        )
        .replace("[\"09:00-17:00\"]", "[\"09:00-12:00\", \"13:00-18:00\"]");
    stage.mia.has_file("new.toml", changed.clone());
    let offer = types(&stage, &stage.mia, "/settings import file:new.toml").await;
    assert_snapshot!(shown(&stage, &offer), @"
    Shall I change this? Clocks that run keep what they were promised; the change counts for what begins after it.
    - calendar support, hours: Mon to Fri 09:00-12:00, 13:00-18:00; Sat and Sun closed (so far Mon to Fri 09:00-17:00; Sat and Sun closed)
    - policy same day, first response: 4h instead of same day
    [Change it]
    [Leave it]
    ");
    assert_snapshot!(presses(&stage, &stage.mia, &offer, "Change it").await, @"
    Done: version 2 is in force. `/settings undo` takes it back.
    - calendar support, hours: Mon to Fri 09:00-12:00, 13:00-18:00; Sat and Sun closed (so far Mon to Fri 09:00-17:00; Sat and Sun closed)
    - policy same day, first response: 4h instead of same day
    ");
    let again = stage.mia.clicks(&offer, "Change it");
    assert!(again.is_err(), "the button is gone");

    let handed_out = types(&stage, &stage.mia, "/settings export").await;
    let text = stage.mia.opens_file(&handed_out, "sameday.toml").unwrap();
    assert_eq!(text, changed, "comments too");
    let lease = "/settings set key:attention.claim_lease to:12h";
    assert_snapshot!(changes(&stage, &stage.mia, lease).await, @"
    Shall I change this? Clocks that run keep what they were promised; the change counts for what begins after it.
    - attention, claim lease: 12h
    [Change it]
    [Leave it]
    ");
    assert_snapshot!(told(&stage, &stage.mia, "/settings undo").await, @"
    Shall I change this? Clocks that run keep what they were promised; the change counts for what begins after it.
    - attention, claim lease: no longer 12h
    [Change it]
    [Leave it]
    ");
    stage.ends_unread().await;
}

#[tokio::test]
async fn who_may_see_and_change_them() {
    let stage = Stage::opens().await;
    stage.eva.has_file("a.toml", "x");
    let mut said = Vec::new();
    for (person, typed) in [
        (&stage.ann, "/settings show"),
        (&stage.ann, "/policy list"),
        (&stage.ann, "/policy test channel:#help"),
        (&stage.ann, "/settings export"),
        (&stage.eva, "/settings export"),
        (&stage.eva, "/settings import file:a.toml"),
        (&stage.eva, "/settings undo"),
        (&stage.eva, "/hours holiday dates:24 Dec"),
        (&stage.eva, "/hours import file:a.toml"),
        (&stage.eva, "/hours paste"),
        (&stage.eva, "/policy remove policy:same day"),
        (&stage.eva, "/channels watch channel:#lounge"),
        (&stage.eva, "/roles add part:moderators role:@Staff"),
    ] {
        let answer = told(&stage, person, typed).await;
        said.push(format!("{} {typed}: {answer}", person.name()));
    }
    assert_snapshot!(said.join("\n"), @"
    Ann /settings show: The settings are for the team. Our support hours are for everybody: `/hours show`.
    Ann /policy list: The settings are for the team. Our support hours are for everybody: `/hours show`.
    Ann /policy test channel:#help: The settings are for the team. Our support hours are for everybody: `/hours show`.
    Ann /settings export: Only moderators, and people who may manage this server, can change the settings.
    Eva /settings export: Only moderators, and people who may manage this server, can change the settings.
    Eva /settings import file:a.toml: Only moderators, and people who may manage this server, can change the settings.
    Eva /settings undo: Only moderators, and people who may manage this server, can change the settings.
    Eva /hours holiday dates:24 Dec: Only moderators, and people who may manage this server, can change the settings.
    Eva /hours import file:a.toml: Only moderators, and people who may manage this server, can change the settings.
    Eva /hours paste: Only moderators, and people who may manage this server, can change the settings.
    Eva /policy remove policy:same day: Only moderators, and people who may manage this server, can change the settings.
    Eva /channels watch channel:#lounge: Only moderators, and people who may manage this server, can change the settings.
    Eva /roles add part:moderators role:@Staff: Only moderators, and people who may manage this server, can change the settings.
    ");
    assert_snapshot!(told(&stage, &stage.ann, "/hours show").await, @"
    **support** (Europe/Berlin)
    Mon to Fri 09:00-17:00; Sat and Sun closed

    **around_the_clock** (UTC)
    Round the clock, every day.
    ");
    stage.ends().await;
}

#[tokio::test]
async fn of_two_who_change_them_at_once_the_second_is_told() {
    let mut stage = Stage::opens().await;
    let owner = stage.sim.person("Olga");
    let first = types(&stage, &stage.mia, "/hours holiday dates:24 Dec").await;
    let second = types(&stage, &owner, "/hours set days:Friday hours:09:00-15:00").await;
    assert!(
        presses(&stage, &stage.mia, &first, "Change it")
            .await
            .starts_with("Done")
    );
    assert_snapshot!(presses(&stage, &owner, &second, "Change it").await, @"
    Nothing was changed: the settings were changed by <@MIA> meanwhile, and version 2 is in force. Please look at it and ask for your change again.
    - calendar support, hours: Mon to Thu 09:00-17:00; Fri 09:00-15:00; Sat and Sun closed (so far Mon to Fri 09:00-17:00; Sat and Sun closed)
    ");
    let third = types(&stage, &owner, "/hours set days:Friday hours:09:00-15:00").await;
    assert_snapshot!(presses(&stage, &owner, &third, "Leave it").await, @"
    Nothing was changed.
    - calendar support, hours: Mon to Thu 09:00-17:00; Fri 09:00-15:00; Sat and Sun closed (so far Mon to Fri 09:00-17:00; Sat and Sun closed)
    ");
    // Somebody who is no moderator any more changes nothing, though the button is still there.
    let fourth = types(&stage, &owner, "/roles add part:staff role:@Moderators").await;
    assert!(
        presses(&stage, &owner, &fourth, "Change it")
            .await
            .starts_with("Done")
    );
    stage.ends_unread().await;
}

#[tokio::test]
async fn what_was_set_on_discord_survives_a_restart_and_rules_over_the_file() {
    let mut stage = Stage::opens().await;
    // As long as nobody has changed anything on Discord, the file rules.
    stage.bot_stops().await;
    stage.rewrites_settings("first_response = \"same day\"", "first_response = \"6h\"");
    stage.bot_starts().await;
    changes(
        &stage,
        &stage.mia,
        "/policy set policy:same day what:the first answer is due within to:2h",
    )
    .await;
    stage.bot_stops().await;
    stage.bot_starts().await;
    assert_eq!(stage.news(stage.moderator_channel).await.len(), 0);
    assert_snapshot!(told(&stage, &stage.mia, "/settings show").await, @"
    Tickets are the threads of <#FORUM>, <#HELP>.
    Staff is <@&STAFF_ROLE>, told in <#STAFF_CHANNEL>.
    Moderators are <@&MODERATOR_ROLE>, told in <#MODERATOR_CHANNEL>.
    **Calendars**
    support: Mon to Fri 09:00-17:00; Sat and Sun closed (Europe/Berlin)
    around_the_clock: round the clock (UTC)
    **Promise** (the first that matches)
    1. critical: priority critical; calendar around_the_clock; first response 1h; next response 1h; warning 50%; answered by staff
    2. same day: calendar support; first response 2h; next response same day; warning 2h
    **Versions**
    3: by <@MIA>, in force since <t:1794992400:F>
    2: from the settings file, in force since <t:1794992400:F>
    1: from the settings file, in force since <t:1794992400:F>
    ");

    stage.bot_stops().await;
    stage.rewrites_settings("first_response = \"6h\"", "first_response = \"8h\"");
    stage.bot_starts().await;
    let news = stage.news(stage.moderator_channel).await;
    assert_eq!(news.len(), 1);
    assert_snapshot!(shown(&stage, &news[0]), @"
    **Something needs your hand.** The settings file has changed, which has no effect: what was set on Discord is in force. `/settings show` shows it, and `sameday settings use-file` makes the file count again.
    [Show queue]
    ");
    let list = told(&stage, &stage.mia, "/policy list").await;
    assert!(list.contains("first response 2h"), "{list}");

    // Until somebody says that the file counts again.
    stage.bot_stops().await;
    let store = Store::open(&stage.database()).await.unwrap();
    settings::use_file(&store, stage.config(), stage.now())
        .await
        .unwrap();
    drop(store);
    stage.bot_starts().await;
    let list = told(&stage, &stage.mia, "/policy list").await;
    assert!(list.contains("first response 8h"), "{list}");
    assert_eq!(stage.news(stage.moderator_channel).await.len(), 0);
    stage.ends_unread().await;
}

#[tokio::test]
async fn a_newly_watched_channel_is_read_and_what_was_there_before_never_alarms() {
    let mut stage = Stage::opens().await;
    let message = stage.ann.posts(stage.lounge, "Is anybody there?").unwrap();
    let before = stage.starts_thread(&stage.ann, stage.lounge, message, "Hello");
    stage.ann.posts(before, "Really?").unwrap();
    stage.settles().await;
    assert!(!is_tracked(&stage, before).await);

    stage.passes(TimeDelta::minutes(5)).await;
    assert_snapshot!(changes(&stage, &stage.mia, "/channels watch channel:#lounge").await, @"
    Shall I change this? Clocks that run keep what they were promised; the change counts for what begins after it. I will read the threads of <#LOUNGE> that are there already; none of them alarms anybody.
    - watched channels: also <#LOUNGE>
    [Change it]
    [Leave it]
    ");
    assert!(is_tracked(&stage, before).await);
    let story = stage.story(before).await;
    assert!(story.contains("2 of 2 messages"), "{story}");
    stage.passes(TimeDelta::minutes(5)).await;
    let message = stage.ann.posts(stage.lounge, "And now?").unwrap();
    let after = stage.starts_thread(&stage.ann, stage.lounge, message, "Again");
    stage.settles().await;
    assert!(is_tracked(&stage, after).await);

    // Nobody answers either of them for two days.
    stage.turns_to("2026-11-20T10:00:00Z").await;
    let alarms: Vec<String> = stage
        .news(stage.moderator_channel)
        .await
        .iter()
        .map(Seen::text)
        .collect();
    let of = |thread: u64| {
        alarms
            .iter()
            .any(|alarm| alarm.contains(&thread.to_string()))
    };
    assert!(of(after) && !of(before), "{alarms:#?}");

    changes(&stage, &stage.mia, "/channels unwatch channel:#lounge").await;
    let message = stage.ann.posts(stage.lounge, "Hm?").unwrap();
    let later = stage.starts_thread(&stage.ann, stage.lounge, message, "Once more");
    stage.settles().await;
    assert!(!is_tracked(&stage, later).await);
    stage.ends_unread().await;
}

#[tokio::test]
async fn roles_and_places_count_from_the_click_on() {
    let mut stage = Stage::opens().await;
    let post = stage
        .ann
        .asks(stage.forum, "It hangs", "Since today.")
        .unwrap();
    stage.card(post).await;
    assert!(
        stage
            .runs(&stage.mia, post, "/claim")
            .await
            .starts_with("It's yours")
    );
    stage.runs(&stage.mia, post, "/release").await;
    let offer = changes(&stage, &stage.mia, "/roles add part:staff role:@Moderators").await;
    assert_snapshot!(offer, @"
    Shall I change this? Clocks that run keep what they were promised; the change counts for what begins after it.
    - staff roles: also <@&MODERATOR_ROLE>
    [Change it]
    [Leave it]
    ");
    changes(&stage, &stage.mia, "/roles remove part:staff role:@Staff").await;
    let refused = stage.runs(&stage.eva, post, "/claim").await;
    assert!(refused.starts_with("Claiming is for the team"), "{refused}");

    changes(&stage, &stage.mia, "/channels staff channel:#lounge").await;
    stage.turns_to("2026-11-18T14:30:00Z").await;
    assert_eq!(stage.news(stage.staff_channel).await.len(), 0);
    assert_eq!(stage.news(stage.lounge).await.len(), 1);
    stage.ends_unread().await;
}
