//! Who is on duty.

use chrono::NaiveDate;

use super::{Stamp, clean, person};
use crate::domain::Timestamp;
use crate::domain::ids::UserId;
use crate::domain::rota::Shift;

/// How much of a rota's name is shown.
const NAME_LENGTH: usize = 60;

/// `/oncall` or `/cover` by somebody who is not staff.
pub const FOR_STAFF: &str = "Who is on duty is the team's own matter. Ask in a help thread, and whoever is on duty is told in time.";
/// `/cover` for somebody else.
pub const ONLY_FOR_YOURSELF: &str =
    "You can only take over days yourself; a moderator can name anybody.";
/// There is nothing to show.
pub const NO_ROTA: &str = "There is no rota in my settings yet.";

/// A cover was taken back.
pub const UNCOVERED: &str = "Taken back: whoever's turn it is is on duty then, as before.";
/// A cover that is not there, or somebody else's.
pub const NOT_COVERED: &str = "There is nothing to take back: it was taken back already, or is somebody else's and needs a moderator.";

/// Who is on duty in a rota, and who comes next.
pub fn rota(name: &str, shifts: &[Shift], now: Timestamp) -> String {
    let mut lines = vec![format!("**{}**", clean::plain(name, NAME_LENGTH))];
    if shifts.is_empty() {
        lines.push("- nobody".to_owned());
    }
    for shift in shifts {
        let for_whom = match shift.covers_for {
            Some(other) if other != shift.person => format!(" for {}", person(other)),
            Some(_) | None => String::new(),
        };
        let when = if shift.begins_at <= now {
            format!("on duty until {}", Stamp::Full(shift.ends_at))
        } else {
            format!("from {}", Stamp::Full(shift.begins_at))
        };
        lines.push(format!("- {}{for_whom}, {when}", person(shift.person)));
    }
    lines.join("\n")
}

/// A rota was named that is not there.
pub fn no_such_rota<'a>(names: impl Iterator<Item = &'a String>) -> String {
    let names: Vec<String> = names.map(|name| clean::plain(name, NAME_LENGTH)).collect();
    if names.is_empty() {
        NO_ROTA.to_owned()
    } else {
        format!("There is no such rota. There are: {}.", names.join(", "))
    }
}

/// Somebody has taken over.
pub fn covered(by: UserId, rota: &str, first_on: NaiveDate, last_on: NaiveDate) -> String {
    let rota = clean::plain(rota, NAME_LENGTH);
    let day = |date: NaiveDate| date.format("%A, %-d %B %Y").to_string();
    if first_on == last_on {
        return format!("{} is on duty in {rota} on {}.", person(by), day(first_on));
    }
    format!(
        "{} is on duty in {rota} from {} to {}.",
        person(by),
        day(first_on),
        day(last_on)
    )
}
