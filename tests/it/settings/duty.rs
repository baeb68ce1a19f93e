//! Rotas, ladders and quiet hours, set without knowing a key.

use super::*;

#[tokio::test]
async fn who_is_called_is_set_step_by_step_and_counts_from_the_click_on() {
    let stage = Stage::opens().await;
    let mia = &stage.mia;
    let mut said = Vec::new();
    for show in ["/rota show", "/ladder show", "/quiet show"] {
        said.push(told(&stage, &stage.eva, show).await);
    }
    let turns = format!(
        "/rota set name:duty people:<@{}> <@{}> turn:day",
        stage.eva.id(),
        stage.tom.id()
    );
    let moderators = format!(
        "/ladder step name:own at:1h after overdue tell:<@&{}> place:<#{}> again:every 30m, 2 times",
        stage.moderator_role, stage.moderator_channel
    );
    for typed in [
        turns.as_str(),
        "/rota set name:duty hands_over:8:30",
        "/ladder step name:own at:at risk tell:staff",
        "/ladder step name:own at:at risk tell:rota duty else staff",
        &moderators,
        "/policy set policy:same day what:who is told: the name of a ladder to:own",
        "/quiet set outside:support member:@Tom",
    ] {
        said.push(changes(&stage, mia, typed).await);
    }
    for show in ["/rota show", "/ladder show", "/quiet show"] {
        said.push(told(&stage, &stage.eva, show).await);
    }
    assert_snapshot!(said.join("\n"), @"
    There is no rota yet; `/rota set` makes one.
    There is no ladder yet, so every policy has the usual one; `/ladder step` begins one.
    Nobody has quiet hours; `/quiet set` gives somebody some.
    Shall I change this? Clocks that run keep what they were promised; the change counts for what begins after it.
    - rota duty, people: <@EVA>, <@TOM>
    - rota duty, time zone: Europe/Berlin
    - rota duty, turn: day
    - rota duty, hands over: 09:00:00
    - rota duty, starts on: 2026-11-18
    [Change it]
    [Leave it]
    Shall I change this? Clocks that run keep what they were promised; the change counts for what begins after it.
    - rota duty, hands over: 08:30:00 instead of 09:00:00
    [Change it]
    [Leave it]
    Shall I change this? Clocks that run keep what they were promised; the change counts for what begins after it.
    - ladder own, steps: at risk: tell staff
    [Change it]
    [Leave it]
    Shall I change this? Clocks that run keep what they were promised; the change counts for what begins after it.
    - ladder own, steps: also at risk: tell rota duty else staff; no longer at risk: tell staff
    [Change it]
    [Leave it]
    Shall I change this? Clocks that run keep what they were promised; the change counts for what begins after it.
    - ladder own, steps: also 1h after overdue: tell <@&MODERATOR_ROLE>; in <#MODERATOR_CHANNEL>; again every 30m, 2 times
    [Change it]
    [Leave it]
    Shall I change this? Clocks that run keep what they were promised; the change counts for what begins after it.
    - policy same day, ladder: own
    [Change it]
    [Leave it]
    Shall I change this? Clocks that run keep what they were promised; the change counts for what begins after it.
    - attention, quiet, 1, member: <@TOM>
    - attention, quiet, 1, outside: support
    [Change it]
    [Leave it]
    **duty**: people <@EVA>, <@TOM>; time zone Europe/Berlin; turn day; hands over 08:30:00; starts on 2026-11-18
    **own**
    - at risk: tell rota duty else staff
    - 1h after overdue: tell <@&MODERATOR_ROLE>; in <#MODERATOR_CHANNEL>; again every 30m, 2 times
    - member <@TOM>; outside support
    ");

    // Each version counts a millisecond after the one before.
    stage.passes(TimeDelta::minutes(1)).await;
    let post = stage
        .ann
        .asks(stage.forum, "It hangs", "Since today.")
        .unwrap();
    stage.card(post).await;
    stage.turns_to("2026-11-18T14:00:00Z").await;
    assert_eq!(stage.news(stage.staff_channel).await.len(), 1);
    assert_eq!([&stage.eva, &stage.tom, mia].map(Stage::pings), [1, 0, 0]);

    let names = async |person: &Person, typed: &str| {
        let offered = person.completes(stage.lounge, typed).unwrap();
        let offered = offered.choices().await.unwrap();
        offered
            .into_iter()
            .map(|(name, _)| name)
            .collect::<Vec<_>>()
    };
    assert_eq!(names(mia, "/rota remove name:D").await, ["duty"]);
    assert_eq!(names(&stage.eva, "/ladder remove name:").await, ["own"]);
    assert_eq!(names(mia, "/policy remove policy:day").await, ["same day"]);
    assert_eq!(
        names(&stage.ann, "/hours show calendar:sup").await,
        ["support"]
    );
    assert!(names(&stage.ann, "/policy remove policy:").await.is_empty());

    let mut refused = Vec::new();
    for (person, typed) in [
        (&stage.ann, "/rota show"),
        (&stage.eva, "/rota set name:duty turn:week"),
        (mia, "/rota set name:night"),
        (mia, "/rota set name:Duty turn:week"),
        (mia, "/rota set name:duty people:Eva and Tom"),
        (mia, "/rota set name:duty turn:fortnight"),
        (mia, "/rota set name:duty hands_over:nine"),
        (mia, "/rota set name:duty zone:Mars"),
        (mia, "/rota remove name:duty"),
        (mia, "/rota remove name:night"),
        (mia, "/ladder step name:own at:sometimes tell:staff"),
        (mia, "/ladder step name:own at:overdue tell:rota night"),
        (mia, "/ladder remove name:own at:overdue"),
        (mia, "/ladder remove name:other at:overdue"),
        (mia, "/quiet set outside:nights member:@Tom"),
        (mia, "/quiet set outside:support"),
        (mia, "/quiet remove member:@Eva"),
    ] {
        let answer = told(&stage, person, typed).await;
        refused.push(format!("{typed}\n    {answer}"));
    }
    assert_snapshot!(refused.join("\n"), @r#"
    /rota show
        The settings are for the team. Our support hours are for everybody: `/hours show`.
    /rota set name:duty turn:week
        Only moderators, and people who may manage this server, can change the settings.
    /rota set name:night
        Nothing was changed: rota.night: a rota needs at least one person.
    /rota set name:Duty turn:week
        Nothing was changed: a rota's name has 1 to 40 small letters, digits, `-` or `_`, such as `on_call`.
    /rota set name:duty people:Eva and Tom
        Nothing was changed: people are written as @name, one after the other, in the order of turns.
    /rota set name:duty turn:fortnight
        Nothing was changed: rota.duty: "fortnight" is no turn: write "day", "week" (from Monday) or "week from tuesday".
    /rota set name:duty hands_over:nine
        Nothing was changed: a time of hand-over is written like `09:00`.
    /rota set name:duty zone:Mars
        Nothing was changed: rota.duty: there is no time zone "Mars"; write an IANA name such as Europe/Berlin or UTC.
    /rota remove name:duty
        Nothing was changed: ladder.own: there is no rota "duty"; add [rota.duty].
    /rota remove name:night
        Nothing was changed: there is no such rota; `/rota show` shows which there are.
    /ladder step name:own at:sometimes tell:staff
        Nothing was changed: ladder.own: `sometimes` is no point of a clock: write `start`, `at risk`, `overdue`, or later, as in `2h after overdue`.
    /ladder step name:own at:overdue tell:rota night
        Nothing was changed: ladder.own: there is no rota "night"; add [rota.night].
    /ladder remove name:own at:overdue
        Nothing was changed: there is no such step; `/ladder show` shows which there are.
    /ladder remove name:other at:overdue
        Nothing was changed: there is no such step; `/ladder show` shows which there are.
    /quiet set outside:nights member:@Tom
        Nothing was changed: attention.quiet: there is no calendar "nights"; quiet hours are whenever a calendar is not open.
    /quiet set outside:support
        Nothing was changed: name a member or a role, and not both.
    /quiet remove member:@Eva
        Nothing was changed: they have no quiet hours; `/quiet show` shows who has.
    "#);
    for typed in [
        "/quiet remove member:@Tom",
        "/ladder remove name:own at:at risk",
    ] {
        changes(&stage, mia, typed).await;
    }
    let mut stage = stage;
    stage.ends_unread().await;
}
