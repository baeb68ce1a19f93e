//! Settings that are changed on Discord: shown first, then made, by one person at a time, and in
//! force at once.

use chrono::TimeDelta;
use discord_sim::people::{Person, Seen};
use insta::assert_snapshot;
use sameday::settings::{self, History};
use sameday::store::Store;

use crate::stage::Stage;

/// What somebody reads as Discord shows it: without the characters that only keep text plain.
fn shown(stage: &Stage, seen: &Seen) -> String {
    let text = stage.looks_at(seen).replace(['\\', '\u{200b}'], "");
    let people = [
        (&stage.ann, "ANN"),
        (&stage.eva, "EVA"),
        (&stage.tom, "TOM"),
        (&stage.mia, "MIA"),
    ];
    people
        .iter()
        .fold(stage.with_names(&text), |text, (person, name)| {
            text.replace(&person.id().to_string(), name)
        })
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
async fn what_is_wrong_is_refused_with_its_reason_and_nothing_changes() {
    let stage = Stage::opens().await;
    let huge = "a".repeat(300_000);
    let files = [
        ("huge.toml", huge.as_bytes()),
        ("image.toml", &[0xff, 0xd8, 0xff]),
        ("cut.toml", b"[guild"),
        ("other.toml", b"[guild]\nid = \"1\""),
        ("machine.toml", b"database = \"/etc/x.db\""),
        ("empty.toml", b""),
        ("image.ics", &[0xff, 0xd8, 0xff]),
        ("old.ics", b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20200101\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"),
    ];
    for (name, content) in files {
        stage.mia.has_file(name, content);
    }
    let settings = stage
        .settings()
        .replacen(&stage.guild.to_string(), "4242424242424242", 1);
    stage.mia.has_file("foreign.toml", settings);
    let peeks = stage.settings().replacen(
        "[calendar.support]",
        "[calendar.support]\nholidays_file = \"/etc/passwd\"",
        1,
    );
    stage.mia.has_file("peeks.toml", peeks);
    let mut said = Vec::new();
    for typed in [
        "/settings import file:huge.toml",
        "/settings import file:image.toml",
        "/settings import file:cut.toml",
        "/settings import file:other.toml",
        "/settings import file:machine.toml",
        "/settings import file:empty.toml",
        "/settings import file:foreign.toml",
        "/settings import file:peeks.toml",
        "/settings undo",
        "/settings undo version:7",
        "/settings set key:calendar.support.holidays_file to:/etc/passwd",
        "/settings set key:database to:x.db",
        "/settings set key:guild.owner to:me",
        "/settings set key:guild.id to:4242424242424242",
        "/settings set key:guild to:none",
        "/settings set key:guild..id to:1",
        "/settings set key:attention.claim_lease to:400 days",
        "/hours set days:every day hours:closed",
        "/hours set days:Monday hours:17:00-09:00",
        "/hours set days:Monday hours:09:00-12:00, 11:00-14:00",
        "/hours set days:Monday hours:nine to five",
        "/hours set days:Monday hours:09:00-12:00 calendar:@everyone",
        "/hours holiday dates:1 Jan 2020",
        "/hours holiday dates:30 Feb",
        "/hours holiday dates:24 Dec, 12/1",
        "/hours holiday dates:24 Dec calendar:around_the_clock",
        "/hours reset date:24 Dec",
        "/hours import file:image.ics",
        "/hours import file:cut.toml",
        "/hours import file:old.ics",
        "/hours add name:Weekend zone:Europe/Berlin",
        "/hours add name:weekend zone:Europe/Berlim",
        "/hours add name:support zone:Europe/Berlin",
        "/hours zone zone:Mars calendar:support",
        "/hours remove calendar:support",
        "/hours preview at:28 Mar 2027 02:30",
        "/hours preview at:yesterday",
        "/policy add name:slow calendar:support answer:9000h",
        "/policy add name:slow calendar:support answer:soon",
        "/policy add name:same day calendar:support answer:4h",
        "/policy add name:slow calendar:weekend answer:4h",
        "/policy set policy:slow what:its name to:fast",
        "/policy set policy:same day what:when somebody is warned to:120%",
        "/policy set policy:same day what:whose answer counts: anyone or staff to:bots",
        "/policy set policy:same day what:only threads of these channels to:#everywhere",
        "/policy set policy:same day what:its calendar to:none",
        "/policy remove policy:slow",
        "/policy move policy:same day place:1",
        "/channels watch channel:#help",
        "/channels watch channel:#staff",
        "/channels unwatch channel:#lounge",
        "/channels staff channel:#help",
        "/roles add part:staff role:@Staff",
        "/roles remove part:staff role:@Staff",
        "/roles remove part:moderators role:@Staff",
    ] {
        said.push(format!(
            "{typed}\n    {}",
            told(&stage, &stage.mia, typed).await
        ));
    }
    assert_snapshot!(said.join("\n"), @r#"
    /settings import file:huge.toml
        Nothing was changed: this file is larger than 200 KB, which is more than I read.
    /settings import file:image.toml
        Nothing was changed: this file is not UTF-8 text.
    /settings import file:cut.toml
        Nothing was changed: line 1: unclosed table, expected `]`.
    /settings import file:other.toml
        Nothing was changed: line 1: missing field `channels`.
    /settings import file:machine.toml
        Nothing was changed: where the database is only the file on the machine says: leave `database` out.
    /settings import file:empty.toml
        Nothing was changed: line 1: missing field `calendar`.
    /settings import file:foreign.toml
        Nothing was changed: these settings are for another server. Put this server's id into `guild.id`.
    /settings import file:peeks.toml
        Nothing was changed: `holidays_file` names a file on the machine: leave it out, and hand the calendar file in with `/hours import`.
    /settings undo
        There is no earlier version to go back to: these settings are the first.
    /settings undo version:7
        There is no such version; `/settings show` lists the latest ones.
    /settings set key:calendar.support.holidays_file to:/etc/passwd
        Nothing was changed: `holidays_file` names a file on the machine: leave it out, and hand the calendar file in with `/hours import`.
    /settings set key:database to:x.db
        Nothing was changed: where the database is only the file on the machine says: leave `database` out.
    /settings set key:guild.owner to:me
        Nothing was changed: unknown field `owner`, expected one of `id`, `channels`, `staff_roles`, `moderator_roles`, `staff_channel`, `moderator_channel`, `enforce_from`, `no_reply`.
    /settings set key:guild.id to:4242424242424242
        Nothing was changed: these settings are for another server. Put this server's id into `guild.id`.
    /settings set key:guild to:none
        Nothing was changed: `guild` is written in a form that I cannot edit: change it in the document, with `/settings export` and `/settings import`.
    /settings set key:guild..id to:1
        Nothing was changed: a key is written like `attention.claim_lease`; `/settings export` shows which there are.
    /settings set key:attention.claim_lease to:400 days
        Nothing was changed: `400 days` counts in days or longer, which have no fixed length in support time: write hours, such as `16h`.
    /hours set days:every day hours:closed
        Nothing was changed: a calendar needs support hours on at least one weekday.
    /hours set days:Monday hours:17:00-09:00
        Nothing was changed: the support hours `17:00-09:00` end before they begin: hours that run past midnight are two blocks, such as `22:00-24:00` and, on the next day, `00:00-06:00`; no support at all is `closed`.
    /hours set days:Monday hours:09:00-12:00, 11:00-14:00
        Nothing was changed: calendar.support: the support hours of Monday overlap: 09:00-12:00 and 11:00-14:00.
    /hours set days:Monday hours:nine to five
        Nothing was changed: `nine to five` is not a block of support hours: write opening and closing from 00:00 to 24:00, such as `09:00-12:30`; no support at all is `closed`.
    /hours set days:Monday hours:09:00-12:00 calendar:@everyone
        Nothing was changed: there is no such calendar; there is `support`, `around_the_clock`, and `/hours add` makes another.
    /hours holiday dates:1 Jan 2020
        Nothing was changed: Wed 1 Jan 2020 is past; name a date that is still ahead.
    /hours holiday dates:30 Feb
        Nothing was changed: there is no such date or time; please look at the numbers again.
    /hours holiday dates:24 Dec, 12/1
        Nothing was changed: dates with slashes are read differently from country to country; write `1 Dec` or `2026-12-01`.
    /hours holiday dates:24 Dec calendar:around_the_clock
        Nothing was changed: this calendar is round the clock, every day: give it hours first, with `/hours set`.
    /hours reset date:24 Dec
        Nothing was changed: 2026-12-24 is neither a holiday nor a date with hours of its own in this calendar.
    /hours import file:image.ics
        Nothing was changed: this file is not UTF-8 text.
    /hours import file:cut.toml
        Nothing was changed: this is no iCalendar text: it does not begin with BEGIN:VCALENDAR.
    /hours import file:old.ics
        Nothing was changed: all dates in this calendar file are past.
    /hours add name:Weekend zone:Europe/Berlin
        Nothing was changed: a calendar's name has 1 to 40 small letters, digits, `-` or `_`, such as `support`.
    /hours add name:weekend zone:Europe/Berlim
        Nothing was changed: calendar.weekend: there is no time zone "Europe/Berlim"; write an IANA name such as Europe/Berlin or UTC.
    /hours add name:support zone:Europe/Berlin
        Nothing was changed: there is a calendar `support` already: change its hours, or choose another name.
    /hours zone zone:Mars calendar:support
        Nothing was changed: calendar.support: there is no time zone "Mars"; write an IANA name such as Europe/Berlin or UTC.
    /hours remove calendar:support
        Nothing was changed: policy "same day": there is no calendar "support"; add [calendar.support] or use one of: around_the_clock.
    /hours preview at:28 Mar 2027 02:30
        The clocks in Europe/Berlin leave out 28 March 2027 02:30; the next time after it is 03:00.
    /hours preview at:yesterday
        I do not understand that as a date or time; write it like `tomorrow 15:00`, `in 2 days`, `friday`, `1 Dec` or `2026-12-01 15:00`.
    /policy add name:slow calendar:support answer:9000h
        Nothing was changed: `9000h` must be longer than nothing and no longer than a year (8760h); a target is support time (`4h`), wall time (`1h wall`), `same day` or `same day, last call 3h`.
    /policy add name:slow calendar:support answer:soon
        Nothing was changed: `soon` is not a length of time: write hours and minutes, such as `4h`, `90m` or `1h30m`; a target is support time (`4h`), wall time (`1h wall`), `same day` or `same day, last call 3h`.
    /policy add name:same day calendar:support answer:4h
        Nothing was changed: there is a policy of this name already: change that one, or choose another name.
    /policy add name:slow calendar:weekend answer:4h
        Nothing was changed: policy "slow": there is no calendar "weekend"; add [calendar.weekend] or use one of: around_the_clock, support.
    /policy set policy:slow what:its name to:fast
        Nothing was changed: there is no such policy; `/policy list` shows which there are.
    /policy set policy:same day what:when somebody is warned to:120%
        Nothing was changed: `120%` is not a share of the target: write a whole number from `1%` to `100%`.
    /policy set policy:same day what:whose answer counts: anyone or staff to:bots
        Nothing was changed: unknown variant `bots`, expected `anyone` or `staff`.
    /policy set policy:same day what:only threads of these channels to:#everywhere
        Nothing was changed: channels are written as #channel, roles as @role, and forum tags by their ids (right click, Copy ID).
    /policy set policy:same day what:its calendar to:none
        Nothing was changed: a policy needs a name and a calendar.
    /policy remove policy:slow
        Nothing was changed: there is no such policy; `/policy list` shows which there are.
    /policy move policy:same day place:1
        Nothing was changed: policy "critical" can never match: "same day" stands before it and takes every thread it is for; move it up, or leave it out.
    /channels watch channel:#help
        Nothing was changed: this channel is watched already.
    /channels watch channel:#staff
        Nothing was changed: guild.staff_channel is also in guild.channels: the team is told somewhere else than askers ask.
    /channels unwatch channel:#lounge
        Nothing was changed: this channel is not watched.
    /channels staff channel:#help
        Nothing was changed: guild.staff_channel is also in guild.channels: the team is told somewhere else than askers ask.
    /roles add part:staff role:@Staff
        Nothing was changed: this role has that part already.
    /roles remove part:staff role:@Staff
        Nothing was changed: guild.staff_roles is empty: name at least a role.
    /roles remove part:moderators role:@Staff
        Nothing was changed: this role does not have that part.
    "#);
    let history = History::load(stage.store(), sameday::domain::ids::GuildId(stage.guild)).await;
    assert_eq!(history.unwrap().unwrap().versions.len(), 1);
    stage.ends().await;
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
async fn calendars_are_changed_day_by_day() {
    let mut stage = Stage::opens().await;
    stage.mia.has_file(
        "berlin.ics",
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20201003\r\nRRULE:FREQ=YEARLY;COUNT=8\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20261225\r\nDTEND;VALUE=DATE:20261227\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
    );
    let mut offers = Vec::new();
    for typed in [
        "/hours set days:Friday hours:09:00-12:00, 13:00-15:00",
        "/hours set days:Saturday and Sunday hours:10:00-12:00",
        "/hours holiday dates:2026-12-31, 24 Dec",
        "/hours except date:24 Dec hours:09:00-12:00",
        "/hours import file:berlin.ics",
        "/hours reset date:2026-12-31",
        "/hours zone zone:Europe/Vienna",
        "/hours add name:weekend zone:UTC hours:10:00-14:00",
        "/hours remove calendar:weekend",
    ] {
        let offer = changes(&stage, &stage.mia, typed).await;
        let differences: Vec<&str> = offer
            .lines()
            .filter(|line| line.starts_with("- "))
            .collect();
        offers.push(format!("{typed}\n{}", differences.join("\n")));
    }
    // The text of a calendar, without a file.
    let pasted =
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20270501\nEND:VEVENT\nEND:VCALENDAR";
    let opened = stage
        .mia
        .runs_when_offered(stage.lounge, "/hours paste calendar:support");
    let form = opened.await.unwrap().modal().await.unwrap();
    let text = [("The text of a calendar file (.ics)", pasted)];
    let offer = form.submits(&text).unwrap().message().await.unwrap();
    assert!(shown(&stage, &offer).contains("- calendar support, holidays: also 2027-05-01"));
    assert!(
        presses(&stage, &stage.mia, &offer, "Change it")
            .await
            .starts_with("Done")
    );
    assert_snapshot!(offers.join("\n"), @"
    /hours set days:Friday hours:09:00-12:00, 13:00-15:00
    - calendar support, hours: Mon to Thu 09:00-17:00; Fri 09:00-12:00, 13:00-15:00; Sat and Sun closed (so far Mon to Fri 09:00-17:00; Sat and Sun closed)
    /hours set days:Saturday and Sunday hours:10:00-12:00
    - calendar support, hours: Mon to Thu 09:00-17:00; Fri 09:00-12:00, 13:00-15:00; Sat and Sun 10:00-12:00 (so far Mon to Thu 09:00-17:00; Fri 09:00-12:00, 13:00-15:00; Sat and Sun closed)
    /hours holiday dates:2026-12-31, 24 Dec
    - calendar support, holidays: 2026-12-24, 2026-12-31
    /hours except date:24 Dec hours:09:00-12:00
    - calendar support, exceptions, 2026-12-24: 09:00-12:00
    /hours import file:berlin.ics
    - calendar support, holidays: also 2026-12-25, 2026-12-26, 2027-10-03
    /hours reset date:2026-12-31
    - calendar support, holidays: no longer 2026-12-31
    /hours zone zone:Europe/Vienna
    - calendar support, time zone: Europe/Vienna instead of Europe/Berlin
    /hours add name:weekend zone:UTC hours:10:00-14:00
    - calendar weekend, time zone: UTC
    - calendar weekend, hours: Mon to Fri 10:00-14:00; Sat and Sun closed
    /hours remove calendar:weekend
    - calendar weekend is taken out
    ");
    assert_snapshot!(told(&stage, &stage.ann, "/hours show calendar:support").await, @"
    **support** (Europe/Vienna)
    Mon to Thu 09:00-17:00; Fri 09:00-12:00, 13:00-15:00; Sat and Sun 10:00-12:00
    Closed on Fri 25 Dec 2026, Sat 26 Dec 2026, Sat 1 May 2027, Sun 3 Oct 2027.
    Thu 24 Dec 2026: 09:00-12:00
    ");
    assert_snapshot!(told(&stage, &stage.ann, "/hours preview").await, @"
    ```
    critical (in UTC, where it is Wed 18 Nov 2026 09:00)
      Asked now: an answer is due today 10:00 (in 1 h), the warning comes today 09:30.
      Asked today 20:00: an answer is due today 21:00, the warning comes today 20:30.
      Asked on Fri 20 Nov 16:30: an answer is due on Fri 20 Nov 17:30, the warning comes on Fri 20 Nov 17:00.

    same day (in Europe/Vienna, where it is Wed 18 Nov 2026 10:00)
      Asked now: an answer is due today 17:00 (in 7 h), the warning comes today 15:00.
      Asked today 20:00: an answer is due tomorrow 17:00, the warning comes tomorrow 15:00.
      Asked on Fri 20 Nov 16:30: an answer is due on Sat 21 Nov 12:00, the warning comes on Fri 20 Nov 16:30.
    ```
    ");
    assert_snapshot!(told(&stage, &stage.ann, "/hours preview at:24 Dec 11:00").await, @"
    ```
    critical (in UTC, where it is Wed 18 Nov 2026 09:00)
      Asked on Thu 24 Dec 11:00: an answer is due on Thu 24 Dec 12:00, the warning comes on Thu 24 Dec 11:30.

    same day (in Europe/Vienna, where it is Wed 18 Nov 2026 10:00)
      Asked on Thu 24 Dec 11:00: an answer is due on Sun 27 Dec 12:00, the warning comes on Thu 24 Dec 12:00.
    ```
    ");
    stage.ends_unread().await;
}

#[tokio::test]
async fn the_promise_is_changed_row_by_row() {
    let mut stage = Stage::opens().await;
    let mut offers = Vec::new();
    for typed in [
        "/policy add name:forum calendar:support answer:4h channel:#help-forum place:1",
        "/policy set policy:forum what:when somebody is warned to:1h",
        "/policy set policy:forum what:each later answer is due within to:none",
        "/policy set policy:forum what:only threads of these channels to:#HELP",
        "/policy move policy:forum place:2",
        "/policy set policy:forum what:its name to:help",
        "/policy remove policy:help",
    ] {
        let typed = typed.replace("#HELP", &format!("<#{}>", stage.help));
        let offer = changes(&stage, &stage.mia, &typed).await;
        let differences: Vec<&str> = offer
            .lines()
            .filter(|line| line.starts_with("- "))
            .collect();
        let typed = stage.with_names(&typed);
        offers.push(format!("{typed}\n{}", differences.join("\n")));
        if typed.contains("/policy move") {
            offers.push(told(&stage, &stage.eva, "/policy list").await);
            offers.push(told(&stage, &stage.eva, "/policy test channel:#help").await);
            offers.push(
                told(
                    &stage,
                    &stage.eva,
                    "/policy test channel:#help-forum at:now",
                )
                .await,
            );
            offers.push(
                told(
                    &stage,
                    &stage.eva,
                    "/policy test channel:#help priority:critical at:now",
                )
                .await,
            );
            offers.push(told(&stage, &stage.eva, "/policy test channel:#lounge").await);
        }
    }
    assert_snapshot!(offers.join("\n"), @"
    /policy add name:forum calendar:support answer:4h channel:#help-forum place:1
    - policy forum is new
    - policy forum, calendar: support
    - policy forum, channels: <#FORUM>
    - policy forum, first response: 4h
    - policy forum, next response: 4h
    - policy forum, warning: 75%
    /policy set policy:forum what:when somebody is warned to:1h
    - policy forum, warning: 1h instead of 75%
    /policy set policy:forum what:each later answer is due within to:none
    - policy forum, next response: no longer 4h
    /policy set policy:forum what:only threads of these channels to:<#HELP>
    - policy forum, channels: also <#HELP>; no longer <#FORUM>
    /policy move policy:forum place:2
    - policies: in the order critical, forum, same day
    1. critical: priority critical; calendar around_the_clock; first response 1h; next response 1h; warning 50%; answered by staff
    2. forum: calendar support; channels <#HELP>; first response 4h; warning 1h
    3. same day: calendar support; first response same day; next response same day; warning 2h
    ```
    forum (in Europe/Berlin, where it is Wed 18 Nov 2026 10:00)
      Asked now: the first answer is due today 14:00 (in 4 h), the warning comes today 13:00.
      Asked today 20:00: the first answer is due tomorrow 13:00, the warning comes tomorrow 12:00.
      Asked on Fri 20 Nov 16:30: the first answer is due on Mon 23 Nov 12:30, the warning comes on Mon 23 Nov 11:30.
    ```
    ```
    same day (in Europe/Berlin, where it is Wed 18 Nov 2026 10:00)
      Asked now: an answer is due today 17:00 (in 7 h), the warning comes today 15:00.
    ```
    ```
    critical (in UTC, where it is Wed 18 Nov 2026 09:00)
      Asked now: an answer is due today 10:00 (in 1 h), the warning comes today 09:30.
    ```
    Nothing is promised to such a thread: its channel is not watched, or no policy is for it.
    /policy set policy:forum what:its name to:help
    - policy forum is taken out
    - policy help is new
    - policy help, calendar: support
    - policy help, channels: <#HELP>
    - policy help, first response: 4h
    - policy help, warning: 1h
    /policy remove policy:help
    - policy help is taken out
    ");
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

#[tokio::test]
async fn clocks_that_run_keep_their_promise_unless_the_settings_say_otherwise() {
    let mut stage = Stage::opens().await;
    let due = async |stage: &Stage, post: u64| {
        let ticket = stage.ticket(post).await;
        let queue = sameday::store::Filter::All;
        let guild = sameday::domain::ids::GuildId(stage.guild);
        let page = sameday::store::Page {
            offset: 0,
            size: 10,
        };
        let (rows, _) = stage
            .store()
            .list_queue(guild, queue, stage.now(), page)
            .await
            .unwrap();
        let row = rows.iter().find(|row| row.ticket_id == ticket).unwrap();
        row.due_at.unwrap().format("%H:%M").to_string()
    };
    let before = stage
        .ann
        .asks(stage.forum, "It hangs", "Since today.")
        .unwrap();
    stage.card(before).await;
    assert_eq!(due(&stage, before).await, "16:00");

    stage.passes(TimeDelta::minutes(5)).await;
    changes(
        &stage,
        &stage.mia,
        "/hours set days:Wednesday hours:09:00-15:00",
    )
    .await;
    let after = stage
        .ann
        .asks(stage.forum, "It hangs again", "Still.")
        .unwrap();
    stage.card(after).await;
    assert_eq!(
        due(&stage, before).await,
        "16:00",
        "what was promised is kept"
    );
    assert_eq!(due(&stage, after).await, "14:00");

    stage.passes(TimeDelta::minutes(5)).await;
    let recompute = "/policy changes of:these settings: keep or recompute then:recompute";
    let offer = changes(&stage, &stage.mia, recompute).await;
    assert_snapshot!(offer, @"
    Shall I change this? Clocks that run go over to it at once.
    - changes, policy: recompute
    [Change it]
    [Leave it]
    ");
    assert_eq!(
        due(&stage, before).await,
        "14:00",
        "the new version takes them over"
    );
    assert_snapshot!(told(&stage, &stage.mia, "/policy changes of:a priority: forward, recompute or reset then:keep").await, @"Nothing was changed: unknown variant `keep`, expected one of `forward`, `recompute`, `reset`.");
    stage.ends_unread().await;
}
