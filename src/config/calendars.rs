//! `[calendar.NAME]`: support hours as they are written.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use chrono::{NaiveDate, Weekday};
use chrono_tz::Tz;
use serde::Deserialize;

use super::{ConfigError, read_holidays};
use crate::domain::calendar::{Block, Calendar};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CalendarSection {
    time_zone: String,
    #[serde(default)]
    always: bool,
    hours: Option<WeekHours>,
    #[serde(default)]
    holidays: Vec<NaiveDate>,
    holidays_file: Option<PathBuf>,
    #[serde(default)]
    exceptions: BTreeMap<NaiveDate, Vec<Block>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct WeekHours {
    weekdays: Vec<Block>,
    monday: Vec<Block>,
    tuesday: Vec<Block>,
    wednesday: Vec<Block>,
    thursday: Vec<Block>,
    friday: Vec<Block>,
    saturday: Vec<Block>,
    sunday: Vec<Block>,
}

/// Every calendar of a file, by its name; `folder` is where the files are that it names.
pub(super) fn calendars(
    written: &BTreeMap<String, CalendarSection>,
    folder: &Path,
) -> Result<BTreeMap<String, Calendar>, ConfigError> {
    let calendars = written.iter();
    let calendars =
        calendars.map(|(name, section)| Ok((name.clone(), calendar(name, section, folder)?)));
    calendars.collect()
}

fn calendar(name: &str, written: &CalendarSection, folder: &Path) -> Result<Calendar, ConfigError> {
    let refuse = |why: String| ConfigError::new(format!("calendar.{name}: {why}."));
    let zone: Tz = written.time_zone.parse().map_err(|_| {
        refuse(format!(
            "there is no time zone {:?}; write an IANA name such as Europe/Berlin or UTC",
            written.time_zone
        ))
    })?;
    let hours = match (written.always, &written.hours) {
        (true, None)
            if written.holidays.is_empty()
                && written.holidays_file.is_none()
                && written.exceptions.is_empty() =>
        {
            return Ok(Calendar::always(zone));
        }
        (true, _) => {
            return Err(refuse(
                "`always` is always; leave out hours, holidays and exceptions".to_owned(),
            ));
        }
        (false, None) => {
            return Err(refuse(
                "hours are missing; write hours.weekdays = [\"09:00-17:00\"], or always = true"
                    .to_owned(),
            ));
        }
        (false, Some(hours)) => hours,
    };
    let mut builder = Calendar::week(zone);
    for (weekdays, blocks) in hours.rows() {
        for block in blocks {
            builder = builder.open(weekdays.iter().copied(), *block);
        }
    }
    let from_file = match &written.holidays_file {
        Some(file) => read_holidays(&folder.join(file)).map_err(refuse)?,
        None => BTreeSet::new(),
    };
    for date in written.holidays.iter().chain(&from_file) {
        builder = builder.holiday(*date);
    }
    for (date, blocks) in &written.exceptions {
        builder = builder.exception(*date, blocks.iter().copied());
    }
    builder.build().map_err(|error| refuse(error.to_string()))
}

impl WeekHours {
    fn rows(&self) -> [(&'static [Weekday], &[Block]); 8] {
        use Weekday::{Fri, Mon, Sat, Sun, Thu, Tue, Wed};
        [
            (&[Mon, Tue, Wed, Thu, Fri], &self.weekdays),
            (&[Mon], &self.monday),
            (&[Tue], &self.tuesday),
            (&[Wed], &self.wednesday),
            (&[Thu], &self.thursday),
            (&[Fri], &self.friday),
            (&[Sat], &self.saturday),
            (&[Sun], &self.sunday),
        ]
    }
}
