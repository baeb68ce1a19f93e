//! What the tests of the views look at.

use chrono_tz::Europe::Berlin;

use crate::domain::Timestamp;
use crate::domain::calendar::Calendar;
use crate::domain::decision::{ClockState, Face, Standing};
use crate::domain::event::{ClockKind, Priority};
use crate::domain::guild::GuildSettings;
use crate::domain::ids::{ChannelId, DISCORD_EPOCH_MILLIS, GuildId, RoleId, UserId};
use crate::domain::no_reply::NoReply;
use crate::domain::policy::{Policy, ServiceLevel};
use crate::domain::target::Target;

pub(crate) const GUILD: GuildId = GuildId(10);
pub(crate) const FORUM: ChannelId = ChannelId(20);
pub(crate) const STAFF: RoleId = RoleId(30);
pub(crate) const MODERATORS: RoleId = RoleId(31);
pub(crate) const ASKER: UserId = UserId(40);
pub(crate) const ANN: UserId = UserId(41);

/// An instant of Monday, 23 November 2026 in Berlin, or a later day of that week.
pub(crate) fn at(day: u32, hour: u32, minute: u32) -> Timestamp {
    chrono::NaiveDate::from_ymd_opt(2026, 11, 22 + day)
        .unwrap()
        .and_hms_opt(hour, minute, 0)
        .unwrap()
        .and_local_timezone(Berlin)
        .unwrap()
        .to_utc()
}

/// A snowflake of that instant.
pub(crate) fn snowflake(at: Timestamp) -> u64 {
    u64::try_from(at.timestamp_millis() - DISCORD_EPOCH_MILLIS).unwrap() << 22
}

/// 9 to 17 from Monday to Friday in Berlin, same day, two hours of warning.
pub(crate) fn rules() -> ServiceLevel {
    let calendar = Calendar::week(Berlin)
        .open(
            [
                chrono::Weekday::Mon,
                chrono::Weekday::Tue,
                chrono::Weekday::Wed,
                chrono::Weekday::Thu,
                chrono::Weekday::Fri,
            ],
            "09:00-17:00".parse().unwrap(),
        )
        .build()
        .unwrap();
    let policy = Policy {
        first_response: Some(Target::SAME_DAY),
        next_response: Some("4h".parse().unwrap()),
        ..Policy::of("same day", calendar)
    };
    ServiceLevel::of(vec![policy], at(1, 0, 0))
}

pub(crate) fn guild() -> GuildSettings {
    GuildSettings {
        guild: GUILD,
        channels: vec![FORUM],
        staff_roles: vec![STAFF],
        moderator_roles: vec![MODERATORS],
        staff_channel: ChannelId(21),
        moderator_channel: ChannelId(22),
        no_reply: NoReply::default(),
        service_level: rules(),
    }
}

/// A face of a ticket that waits for its first answer, due on Monday at 17:00.
pub(crate) fn waiting(state: ClockState, claimed_by: Option<UserId>) -> Face {
    Face {
        standing: Standing::Waiting {
            clock: ClockKind::FirstResponse,
            state,
            due_at: at(1, 17, 0),
        },
        claimed_by,
        priority: Priority::Normal,
        promised: None,
    }
}
