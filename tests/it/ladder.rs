//! Who is called when: ladders, rotas, quiet hours, the load of one person, "I have it".

use chrono::TimeDelta;
use discord_sim::people::{Person, Seen};
use discord_sim::rest::Limits;
use insta::assert_snapshot;

use crate::stage::{Stage, Wishes};

/// A ladder that calls whoever is on duty at the warning point, and the moderators an hour of
/// support time after the due time, three times in all. Eva and Tom take turns of a day, Eva first.
const DUTY: &str = r#"
[rota.duty]
people = ["EVA", "TOM"]
time_zone = "Europe/Berlin"
turn = "day"
hands_over = "09:00:00"
starts_on = "2026-11-18"

[ladder.own]
steps = [
    { at = "at risk", tell = "rota duty else staff" },
    { at = "1h after overdue", tell = "moderators", in = "moderators", again = "every 30m, 2 times" },
]
"#;

/// The stage with more settings, in which EVA and TOM stand for their ids, and with a ladder of its
/// own when the settings have one.
async fn set(settings: &str) -> Stage {
    let mut stage = Stage::set(Wishes::default()).await;
    let settings = settings
        .replace("EVA", &stage.eva.id().to_string())
        .replace("TOM", &stage.tom.id().to_string())
        .replace("MODERATOR_ROLE", &stage.moderator_role.to_string())
        .replace("LOUNGE", &stage.lounge.to_string());
    let calendar = "[calendar.support]";
    stage.rewrites_settings(calendar, &format!("{settings}\n{calendar}"));
    if settings.contains("[ladder.own]") {
        stage.rewrites_settings("warning = \"2h\"", "warning = \"2h\"\nladder = \"own\"");
    }
    stage.bot_starts().await;
    stage
}

/// How often each of Eva, Tom and Mia was pinged.
fn pings(stage: &Stage) -> [usize; 3] {
    [&stage.eva, &stage.tom, &stage.mia].map(Stage::pings)
}

#[tokio::test]
async fn a_ladder_of_ones_own_calls_whoever_is_on_duty_and_then_others_again_and_again() {
    let stage = set(DUTY).await;
    let post = stage.asked().await;
    stage.turns_to("2026-11-18T14:00:00Z").await;
    let news = stage.news(stage.staff_channel).await;
    assert_snapshot!(stage.named(post, &news[0].text()), @"
    <@EVA> 1 answer is due soon:
    - <#POST> · due <t:1795017600:F> (<t:1795017600:R>) · asked <t:1794992400:R> · unclaimed
    [I have it]
    [Show queue]
    ");
    assert_eq!(pings(&stage), [1, 0, 0]);

    // Overdue in the evening, and an hour of support time later on Thursday.
    stage.turns_to("2026-11-19T08:59:59.999Z").await;
    assert!(stage.news(stage.moderator_channel).await.is_empty());
    for (instant, called) in [
        ("2026-11-19T09:00:00Z", 1),
        ("2026-11-19T09:30:00Z", 2),
        ("2026-11-19T10:00:00Z", 3),
    ] {
        stage.turns_to(instant).await;
        let news = stage.news(stage.moderator_channel).await;
        assert_eq!(news.len(), 1, "{instant}");
        assert_eq!(pings(&stage), [1, 0, called], "{instant}");
    }
    stage.turns_to("2026-11-20T16:00:00Z").await;
    assert!(stage.news(stage.moderator_channel).await.is_empty());
    assert!(stage.news(stage.staff_channel).await.is_empty());
    stage.card(post).await;
    let why = stage.runs(&stage.mia, post, "/why").await;
    let (_, alerts) = why.split_once("**Alerts:**").unwrap();
    assert_snapshot!(stage.named(post, alerts.trim()), @"
    - **At risk** (due <t:1795017600:F>) to the team: sent <t:1795010400:F>, for <@EVA>.
    - **Overdue**, 1 h later (due <t:1795017600:F>) to the moderators: sent <t:1795078800:F>, for <@&MODERATOR_ROLE>.
    - **Overdue**, 1 h later, said again (1) (due <t:1795017600:F>) to the moderators: sent <t:1795080600:F>, for <@&MODERATOR_ROLE>.
    - **Overdue**, 1 h later, said again (2) (due <t:1795017600:F>) to the moderators: sent <t:1795082400:F>, for <@&MODERATOR_ROLE>.
    ");
    stage.ends().await;
}

#[tokio::test]
async fn a_ladder_calls_a_member_and_a_role_in_a_channel_of_its_own() {
    let stage = set(r#"
[ladder.own]
steps = [
    { at = "at risk", tell = "member TOM" },
    { at = "overdue", tell = "claimer and role MODERATOR_ROLE", in = "LOUNGE" },
]
"#)
    .await;
    let post = stage.asked().await;
    stage.runs(&stage.eva, post, "/claim").await;
    stage.turns_to("2026-11-18T14:00:00Z").await;
    let mut told = stage.news(stage.staff_channel).await;
    assert_eq!(pings(&stage), [0, 1, 0]);
    stage.turns_to("2026-11-18T16:00:00.001Z").await;
    told.extend(stage.news(stage.lounge).await);
    assert_eq!(pings(&stage), [1, 1, 1]);
    let told: Vec<String> = told.iter().map(Seen::text).collect();
    assert_snapshot!(stage.named(post, &told.join("\n")), @"
    <@TOM> 1 answer is due soon:
    - <#POST> · due <t:1795017600:F> (<t:1795017600:R>) · asked <t:1794992400:R> · <@EVA>
    [I have it]
    [Show queue]
    <@&MODERATOR_ROLE> 1 answer is overdue:
    - <#POST> · **overdue**, was due <t:1795017600:F> (<t:1795017600:R>) · asked <t:1794992400:R> · <@EVA>
    [I have it]
    [Show queue]
    ");
    stage.card(post).await;
    stage.ends().await;
}

#[tokio::test]
async fn what_fell_due_while_the_bot_was_away_is_said_once() {
    let mut stage = set(DUTY).await;
    let post = stage.asked().await;
    stage.bot_stops().await;
    stage.turns_to("2026-11-19T10:10:00Z").await;
    stage.bot_starts().await;
    let told = stage.news(stage.moderator_channel).await;
    let alerts = told.iter().filter(|seen| seen.says("is overdue"));
    assert_eq!(alerts.count(), 1);
    assert_eq!(pings(&stage), [0, 0, 1]);
    stage.turns_to("2026-11-20T16:00:00Z").await;
    assert!(stage.news(stage.moderator_channel).await.is_empty());
    stage.card(post).await;
    stage.ends().await;
}

#[tokio::test]
async fn whoever_says_i_have_it_keeps_the_others_from_being_called() {
    let stage = set("").await;
    let post = stage.asked().await;
    let early = stage
        .runs(&stage.eva, post, "/acknowledge until:16:00")
        .await;
    assert!(early.contains("You have it until"), "{early}");
    stage.turns_to("2026-11-18T14:00:00Z").await;
    assert!(
        stage.news(stage.staff_channel).await.is_empty(),
        "Eva has it"
    );
    stage.turns_to("2026-11-18T15:00:00Z").await;
    let news = stage.news(stage.staff_channel).await;
    assert_eq!((news.len(), pings(&stage)), (1, [1, 1, 0]));

    let mut said = Vec::new();
    for (person, typed) in [
        (&stage.ann, "/acknowledge"),
        (&stage.ben, "/acknowledge"),
        (&stage.tom, "/acknowledge until:yesterday"),
        (&stage.tom, "/acknowledge until:in 2 weeks"),
        (&stage.tom, "/acknowledge until:20:00"),
        (&stage.eva, "/acknowledge"),
        (&stage.tom, "/acknowledge until:21:00"),
    ] {
        let answer = stage.runs(person, post, typed).await;
        said.push(format!("{} {typed}: {answer}", person.name()));
    }
    let pressed = stage.clicks(&stage.eva, &news[0], "I have it").await;
    said.push(format!("Eva presses: {pressed}"));
    assert_snapshot!(stage.named(post, &said.join("\n")), @"
    Ann /acknowledge: Taking this on is for the team. You can answer all the same: every helpful answer counts.
    Ben /acknowledge: Taking this on is for the team. You can answer all the same: every helpful answer counts.
    Tom /acknowledge until:yesterday: That is past; write a date or time that is still ahead, like `tomorrow 15:00`.
    Tom /acknowledge until:in 2 weeks: Please name a time within the next seven days. If it takes longer, give the asker a date.
    Tom /acknowledge until:20:00: You have it until <t:1795028400:F> (<t:1795028400:R>): nobody else is called about it before. If you need longer, say so again; if you cannot, tell the team.
    Eva /acknowledge: <@TOM> has it until <t:1795028400:F> (<t:1795028400:R>). Talk to them if you want to take over.
    Tom /acknowledge until:21:00: You have it until <t:1795032000:F> (<t:1795032000:R>): nobody else is called about it before. If you need longer, say so again; if you cannot, tell the team.
    Eva presses: <#POST>: <@TOM> has it until <t:1795032000:F> (<t:1795032000:R>). Talk to them if you want to take over.
    ");

    stage.turns_to("2026-11-18T19:59:59.999Z").await;
    assert!(stage.news(stage.staff_channel).await.is_empty());
    assert!(stage.news(stage.moderator_channel).await.is_empty());
    stage.turns_to("2026-11-18T20:00:00Z").await;
    assert_eq!(stage.news(stage.staff_channel).await.len(), 1);
    assert_eq!(stage.news(stage.moderator_channel).await.len(), 1);
    assert_eq!(pings(&stage), [2, 2, 1]);
    stage.card(post).await;
    let why = stage.runs(&stage.eva, post, "/why").await;
    assert!(why.contains("\"I have it until"), "{why}");
    stage.eva.posts(post, "Here it is.").unwrap();
    let late = stage.clicks(&stage.eva, &news[0], "I have it").await;
    assert!(late.contains("Nobody waits"), "{late}");
    stage.card(post).await;
    stage.ends().await;
}

#[tokio::test]
async fn of_several_threads_one_takes_on_some() {
    let stage = set("").await;
    let mut posts = Vec::new();
    for title in ["One", "Two", "Three"] {
        posts.push(stage.ann.asks(stage.forum, title, "Please help.").unwrap());
    }
    stage.turns_to("2026-11-18T14:00:00Z").await;
    let news = stage.news(stage.staff_channel).await;
    let chosen = stage
        .tom
        .selects(&news[0], "I have …", &["One", "Three"])
        .unwrap();
    let told = stage.looks_at(&chosen.told().await.unwrap());
    assert!(told.starts_with("It's yours"), "{told}");
    let told = stage.looks_at(&chosen.follow_up(1).await.unwrap());
    assert_eq!(told.matches(" has <#").count(), 2, "{told}");
    stage.settles().await;
    let mut held = Vec::new();
    for post in &posts {
        let ticket = stage.ticket(*post).await;
        let row = stage.store().load_ticket(ticket).await.unwrap();
        held.push(row.ticket.acknowledged.is_some());
        stage.card(*post).await;
    }
    assert_eq!(held, [true, false, true]);
    stage.ends().await;
}

#[tokio::test]
async fn quiet_hours_move_a_call_to_the_next_in_turn() {
    let quiet = r#"
[calendar.mondays]
time_zone = "Europe/Berlin"
hours.monday = ["09:00-17:00"]

[[attention.quiet]]
member = "EVA"
outside = "mondays"
"#;
    let stage = set(&format!("{DUTY}\n{quiet}")).await;
    let post = stage.asked().await;
    stage.turns_to("2026-11-18T14:00:00Z").await;
    stage.news(stage.staff_channel).await;
    assert_eq!(pings(&stage), [0, 1, 0]);
    stage.card(post).await;
    let why = stage.runs(&stage.eva, post, "/why").await;
    let alert = why.lines().find(|line| line.contains("At risk")).unwrap();
    assert_snapshot!(stage.named(post, alert), @"- **At risk** (due <t:1795017600:F>) to the team: sent <t:1795010400:F>, for <@TOM> instead of <@EVA>, who has quiet hours.");
    stage.ends().await;
}

#[tokio::test]
async fn who_was_called_often_enough_within_the_hour_is_spared_while_there_is_somebody_else() {
    let mut stage = Stage::set(Wishes {
        guild_settings: "[attention]\nmost_pings_per_hour = 1".to_owned(),
        ..Wishes::default()
    })
    .await;
    let four_hours = "first_response = \"4h\"";
    stage.rewrites_settings("first_response = \"same day\"", four_hours);
    stage.bot_starts().await;
    let mut posts = Vec::new();
    // Warned two hours later: at 12:00, two at 12:10, and at 13:05.
    for (minutes, title) in [(0, "One"), (10, "Two"), (0, "Three"), (55, "Four")] {
        stage.passes(TimeDelta::minutes(minutes)).await;
        let post = stage.ann.asks(stage.forum, title, "Please help.").unwrap();
        let card = stage.card(post).await;
        stage.clicks(&stage.eva, &card, "Claim").await;
        posts.push(post);
    }
    for (instant, called) in [
        ("2026-11-18T11:00:00Z", [1, 0, 0]),
        // Within the hour the role is called in Eva's stead, once for both.
        ("2026-11-18T11:10:00Z", [2, 1, 0]),
        ("2026-11-18T12:05:00Z", [3, 1, 0]),
    ] {
        stage.turns_to(instant).await;
        assert_eq!(stage.news(stage.staff_channel).await.len(), 1, "{instant}");
        assert_eq!(pings(&stage), called, "{instant}");
    }
    let why = stage.runs(&stage.eva, posts[2], "/why").await;
    let alert = why.lines().find(|line| line.contains("At risk")).unwrap();
    assert_snapshot!(stage.named(posts[2], alert), @"- **At risk** (due <t:1795007400:F>) to the team: sent <t:1795000200:F>, for <@&STAFF_ROLE> instead of <@EVA>, who was called often enough within the hour.");
    for post in posts {
        stage.card(post).await;
    }
    stage.ends().await;
}

#[tokio::test]
async fn somebody_else_covers_a_day_of_duty() {
    let stage = set(DUTY).await;
    let post = stage.asked().await;
    let mut said = Vec::new();
    let ask = async |person: &Person, typed: &str| {
        let answer = stage.runs(person, stage.staff_channel, typed).await;
        format!("{} {typed}: {answer}", person.name())
    };
    let for_tom = "/cover rota:duty from:tomorrow person:@Tom";
    for (person, typed) in [
        (&stage.ann, "/oncall"),
        (&stage.eva, "/oncall"),
        (&stage.ann, "/cover rota:duty from:today"),
        (&stage.tom, "/cover rota:night from:today"),
        (&stage.tom, "/cover rota:duty from:yesterday"),
        (&stage.tom, "/cover rota:duty from:friday to:tomorrow"),
        (&stage.eva, for_tom),
        (&stage.tom, "/cover rota:duty from:today"),
        (&stage.mia, for_tom),
        (&stage.eva, "/oncall"),
    ] {
        said.push(ask(person, typed).await);
    }
    assert_snapshot!(stage.named(post, &said.join("\n")), @"
    Ann /oncall: Who is on duty is the team's own matter. Ask in a help thread, and whoever is on duty is told in time.
    Eva /oncall: **duty**
    - <@EVA>, on duty until <t:1795075200:F>
    - <@TOM>, from <t:1795075200:F>
    - <@EVA>, from <t:1795161600:F>
    - <@TOM>, from <t:1795248000:F>
    Ann /cover rota:duty from:today: Who is on duty is the team's own matter. Ask in a help thread, and whoever is on duty is told in time.
    Tom /cover rota:night from:today: There is no such rota. There are: duty.
    Tom /cover rota:duty from:yesterday: That is past; write a date or time that is still ahead, like `tomorrow 15:00`.
    Tom /cover rota:duty from:friday to:tomorrow: The cover ends on 2026-11-19, before it begins on 2026-11-20; please swap the dates.
    Eva /cover rota:duty from:tomorrow person:@Tom: You can only take over days yourself; a moderator can name anybody.
    Tom /cover rota:duty from:today: <@TOM> is on duty in duty on Wednesday, 18 November 2026.
    [Take it back]
    Mia /cover rota:duty from:tomorrow person:@Tom: <@TOM> is on duty in duty on Thursday, 19 November 2026.
    [Take it back]
    Eva /oncall: **duty**
    - <@TOM> for <@EVA>, on duty until <t:1795075200:F>
    - <@TOM>, from <t:1795075200:F>
    - <@EVA>, from <t:1795161600:F>
    - <@TOM>, from <t:1795248000:F>
    ");
    stage.turns_to("2026-11-18T14:00:00Z").await;
    stage.news(stage.staff_channel).await;
    assert_eq!(pings(&stage), [0, 1, 0], "Tom has taken over");

    let covers = |seen: &Seen| seen.says("Wednesday, 18 November 2026");
    let cover = stage.tom.waits(stage.staff_channel, covers).await.unwrap();
    let pressed = stage.tom.clicks(&cover, "Take it back").unwrap();
    pressed.acknowledged().await.unwrap();
    let answered = |seen: &Seen| seen.id() == cover.id() && seen.says("Taken back");
    let tom = &stage.tom;
    tom.waits(stage.staff_channel, answered).await.unwrap();
    let on_duty = stage.runs(&stage.eva, stage.staff_channel, "/oncall").await;
    let eva = format!("<@{}>, on duty until", stage.eva.id());
    assert!(on_duty.contains(&eva), "{on_duty}");
    stage.card(post).await;
    stage.ends().await;
}

/// The proof that nobody is called twice, however much falls due at once.
#[tokio::test]
async fn a_thousand_that_fall_due_in_one_second_are_one_message_for_each_channel() {
    let mut stage = Stage::set(Wishes {
        limits: Limits::none(),
        ..Wishes::default()
    })
    .await;
    stage.bot_starts().await;
    for number in 0..1_000 {
        let title = format!("Question {number}");
        stage.ann.asks(stage.forum, &title, "Please help.").unwrap();
        if number % 100 == 99 {
            stage.settles().await;
        }
    }
    stage.turns_to("2026-11-18T14:00:00Z").await;
    assert_eq!(stage.news(stage.staff_channel).await.len(), 1);
    assert_eq!(pings(&stage), [1, 1, 0]);
    stage.turns_to("2026-11-18T16:00:00.001Z").await;
    for channel in [stage.staff_channel, stage.moderator_channel] {
        let news = stage.news(channel).await;
        assert_eq!(news.len(), 1);
        assert!(
            news[0].says("1000 answers are overdue"),
            "{}",
            news[0].text()
        );
        assert!(news[0].content().chars().count() <= 2_000);
    }
    assert_eq!(pings(&stage), [2, 2, 1]);
    stage.ends_unread().await;
}
