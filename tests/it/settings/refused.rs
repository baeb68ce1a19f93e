//! What nobody may set, and why.

use super::*;

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
        That is past; write a date or time that is still ahead, like `tomorrow 15:00`.
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
        Nothing was changed: write `anyone` or `staff`, or `none`.
    /policy set policy:same day what:only threads of these channels to:#everywhere
        Nothing was changed: channels are written as #channel, roles as @role, and forum tags by their names.
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
async fn a_rota_with_nobody_in_it_is_refused_and_the_old_one_stays() {
    let mut stage = Stage::set(Wishes::default()).await;
    let rota = format!(
        "[rota.duty]\npeople = [\"{}\"]\ntime_zone = \"Europe/Berlin\"\nturn = \"day\"\n\
         hands_over = \"09:00:00\"\nstarts_on = \"2026-11-18\"\n\n[calendar.support]",
        stage.eva.id()
    );
    stage.rewrites_settings("[calendar.support]", &rota);
    stage.bot_starts().await;
    let nobody = "/settings set key:rota.duty.people to:[]";
    assert_snapshot!(told(&stage, &stage.mia, nobody).await, @"Nothing was changed: rota.duty: a rota needs at least one person.");
    let oncall = told(&stage, &stage.eva, "/oncall").await;
    assert!(oncall.contains("<@EVA>, on duty until"), "{oncall}");
    stage.ends_unread().await;
}
