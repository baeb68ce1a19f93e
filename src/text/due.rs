//! The preview of `sameday due`: by when an answer would be due.

use chrono::{Datelike, Days};
use chrono_tz::Tz;

use super::length;
use crate::domain::Timestamp;
use crate::domain::preview::{Asked, Preview};
use crate::domain::target::Due;

/// A paragraph for each policy, a line for each question.
pub fn preview(previews: &[Preview], now: Timestamp) -> String {
    if previews.is_empty() {
        return "No policy is for this channel, so nothing is promised there.\n".to_owned();
    }
    let paragraphs: Vec<String> = previews
        .iter()
        .map(|preview| paragraph(preview, now))
        .collect();
    paragraphs.join("\n")
}

fn paragraph(preview: &Preview, now: Timestamp) -> String {
    let zone = preview.zone;
    let shown = now.with_timezone(&zone).format("%a %-d %b %Y %H:%M");
    let mut text = format!("{} (in {zone}, where it is {shown})\n", preview.policy);
    for asked in &preview.asked {
        text.push_str(&line(asked, zone, now));
    }
    text
}

fn line(asked: &Asked, zone: Tz, now: Timestamp) -> String {
    let at = if asked.at == now {
        "now".to_owned()
    } else {
        moment(asked.at, zone, now)
    };
    let promise = |what: &str, due: Due| {
        let relative = if asked.at == now {
            format!(" (in {})", length(due.due_at.signed_duration_since(now)))
        } else {
            String::new()
        };
        format!(
            "{what} is due {}{relative}, the warning comes {}",
            moment(due.due_at, zone, now),
            moment(due.warn_at, zone, now),
        )
    };
    let promises = match (asked.first_response, asked.next_response) {
        (Some(first), Some(next)) if first == next => promise("an answer", first),
        (Some(first), Some(next)) => format!(
            "{}; {}",
            promise("the first answer", first),
            promise("a later one", next)
        ),
        (Some(first), None) => promise("the first answer", first),
        (None, Some(next)) => promise("a later answer", next),
        (None, None) => "nothing can be promised, support is never there".to_owned(),
    };
    format!("  Asked {at}: {promises}.\n")
}

/// "today 17:00", "tomorrow 17:00", "on Fri 27 Nov 16:30".
fn moment(at: Timestamp, zone: Tz, now: Timestamp) -> String {
    let (at, now) = (at.with_timezone(&zone), now.with_timezone(&zone));
    let (date, today) = (at.date_naive(), now.date_naive());
    let time = at.format("%H:%M");
    if date == today {
        format!("today {time}")
    } else if Some(date) == today.checked_add_days(Days::new(1)) {
        format!("tomorrow {time}")
    } else if date.year() == today.year() {
        format!("on {} {time}", at.format("%a %-d %b"))
    } else {
        format!("on {} {time}", at.format("%a %-d %b %Y"))
    }
}

#[cfg(test)]
mod tests {
    use chrono::Weekday;

    use super::*;
    use crate::domain::Calendar;
    use crate::domain::ids::ChannelId;
    use crate::domain::policy::Policy;
    use crate::domain::preview::preview as look_ahead;
    use crate::domain::when::WhenError;

    /// Round the clock for everything, and the same day for one channel, Monday to Friday but not
    /// on 25 December.
    fn policies() -> Vec<Policy> {
        let weekdays = [
            Weekday::Mon,
            Weekday::Tue,
            Weekday::Wed,
            Weekday::Thu,
            Weekday::Fri,
        ];
        let office = Calendar::week(chrono_tz::Europe::Berlin)
            .open(weekdays, "09:00-17:00".parse().unwrap())
            .holiday("2026-12-25".parse().unwrap())
            .build()
            .unwrap();
        let policy = |name: &str, calendar, targets: [&str; 2], warning: &str| Policy {
            first_response: Some(targets[0].parse().unwrap()),
            next_response: Some(targets[1].parse().unwrap()),
            warning: warning.parse().unwrap(),
            ..Policy::of(name, calendar)
        };
        let always = Calendar::always(chrono_tz::UTC);
        let mut same_day = policy("same day", office, ["same day"; 2], "2h");
        same_day.when.channels = vec![ChannelId(11)];
        vec![policy("critical", always, ["1h", "30m"], "50%"), same_day]
    }

    fn look(channel: Option<u64>, at: Option<&str>) -> Result<String, WhenError> {
        let now = "2026-12-21T09:15:00Z".parse().unwrap();
        let previews = look_ahead(&policies(), channel.map(ChannelId), at, now)?;
        Ok(preview(&previews, now))
    }

    #[test]
    fn now_tonight_and_on_friday() {
        insta::assert_snapshot!(look(None, None).unwrap(), @"
        critical (in UTC, where it is Mon 21 Dec 2026 09:15)
          Asked now: the first answer is due today 10:15 (in 1 h), the warning comes today 09:45; a later one is due today 09:45 (in 30 min), the warning comes today 09:30.
          Asked today 20:00: the first answer is due today 21:00, the warning comes today 20:30; a later one is due today 20:30, the warning comes today 20:15.
          Asked on Fri 25 Dec 16:30: the first answer is due on Fri 25 Dec 17:30, the warning comes on Fri 25 Dec 17:00; a later one is due on Fri 25 Dec 17:00, the warning comes on Fri 25 Dec 16:45.

        same day (in Europe/Berlin, where it is Mon 21 Dec 2026 10:15)
          Asked now: an answer is due today 17:00 (in 6 h 45 min), the warning comes today 15:00.
          Asked today 20:00: an answer is due tomorrow 17:00, the warning comes tomorrow 15:00.
          Asked on Fri 25 Dec 16:30: an answer is due on Mon 28 Dec 17:00, the warning comes on Mon 28 Dec 15:00.
        ");
    }

    #[test]
    fn at_another_time() {
        insta::assert_snapshot!(look(Some(11), Some("thursday 16:00")).unwrap(), @"
        critical (in UTC, where it is Mon 21 Dec 2026 09:15)
          Asked on Thu 24 Dec 16:00: the first answer is due on Thu 24 Dec 17:00, the warning comes on Thu 24 Dec 16:30; a later one is due on Thu 24 Dec 16:30, the warning comes on Thu 24 Dec 16:15.

        same day (in Europe/Berlin, where it is Mon 21 Dec 2026 10:15)
          Asked on Thu 24 Dec 16:00: an answer is due on Mon 28 Dec 17:00, the warning comes on Mon 28 Dec 15:00.
        ");
        assert_eq!(look(None, Some("yesterday")), Err(WhenError::Behind));
    }

    #[test]
    fn policies_of_other_channels_are_left_out() {
        insta::assert_snapshot!(look(Some(12), Some("now")).unwrap(), @"
        critical (in UTC, where it is Mon 21 Dec 2026 09:15)
          Asked now: the first answer is due today 10:15 (in 1 h), the warning comes today 09:45; a later one is due today 09:45 (in 30 min), the warning comes today 09:30.
        ");
        let now = "2026-12-21T09:15:00Z".parse().unwrap();
        insta::assert_snapshot!(preview(&[], now), @"No policy is for this channel, so nothing is promised there.");
    }
}
