//! Edits of rotas, ladders and quiet hours: who is called, when, and when not.

use chrono::{NaiveDate, NaiveTime};
use toml_edit::{Array, ArrayOfTables, InlineTable, Item, Table, TableLike, Value, value};

use super::{Document, WrittenRow, as_tables, elsewhere, list, put, row, tables, text};
use crate::config::ConfigError;
use crate::domain::attention::Pinged;
use crate::domain::ids::UserId;

/// What is set about a rota; the rest stays as it is, or is as usual in a new one.
#[derive(Clone, Copy, Debug)]
pub struct RotaEdit<'a> {
    /// Who takes turns, in order.
    pub people: Option<&'a [UserId]>,
    /// How long a turn is.
    pub turn: Option<&'a str>,
    /// When one hands over to the next.
    pub hands_over: Option<&'a str>,
    /// Where that is read from the clock.
    pub time_zone: Option<&'a str>,
    /// The day on which the first in the list begins.
    pub starts_on: NaiveDate,
}

/// A step of a ladder as it was typed; see [`crate::domain::ladder`].
#[derive(Clone, Copy, Debug)]
pub struct StepEdit<'a> {
    /// When.
    pub at: &'a str,
    /// Whom.
    pub tell: Option<&'a str>,
    /// Where.
    pub place: Option<&'a str>,
    /// How often again.
    pub again: Option<&'a str>,
}

impl Document {
    /// Its rotas as they are written.
    pub fn written_rotas(&self) -> Vec<WrittenRow> {
        let rotas = self.0.get("rota").and_then(Item::as_table_like);
        let rotas = rotas.into_iter().flat_map(|all| all.iter());
        rotas
            .filter_map(|(name, rota)| Some(row(name, rota.as_table_like()?)))
            .collect()
    }

    /// The steps of each of its ladders as they are written, by the ladder's name.
    pub fn written_ladders(&self) -> Vec<(String, Vec<WrittenRow>)> {
        let ladders = self.0.get("ladder").and_then(Item::as_table_like);
        let ladders = ladders.into_iter().flat_map(|all| all.iter());
        ladders
            .map(|(name, ladder)| {
                let steps = ladder.as_table_like().and_then(|it| it.get("steps"));
                let steps = tables(steps).map(|step| row(&text(step, "at"), step));
                (name.to_owned(), steps.collect())
            })
            .collect()
    }

    /// The quiet hours as they are written: whose, and outside which calendar.
    pub fn written_quiet(&self) -> Vec<WrittenRow> {
        let attention = self.0.get("attention").and_then(Item::as_table_like);
        let quiet = tables(attention.and_then(|it| it.get("quiet")));
        quiet.map(|each| row("", each)).collect()
    }

    /// Sets something about a rota, or makes a new one, which needs people.
    pub fn set_rota(&mut self, name: &str, edit: RotaEdit<'_>) -> Result<(), ConfigError> {
        named(name, "rota")?;
        let zone = self.usual_zone();
        let rotas = self.section("rota")?;
        if !rotas.contains_key(name) {
            let mut rota = Table::new();
            rota.insert("people", list::<&str>(&[]));
            rota.insert("time_zone", value(zone));
            rota.insert("turn", value("week"));
            rota.insert("hands_over", value("09:00:00"));
            rota.insert("starts_on", value(edit.starts_on.to_string()));
            rotas.insert(name, Item::Table(rota));
        }
        let rota = rotas.get_mut(name).and_then(Item::as_table_like_mut);
        let rota = rota.ok_or_else(|| elsewhere("rota"))?;
        if let Some(people) = edit.people {
            let ids: Vec<String> = people.iter().map(ToString::to_string).collect();
            put(rota, "people", list(&ids));
        }
        if let Some(time) = edit.hands_over {
            put(rota, "hands_over", value(clock_time(time)?.to_string()));
        }
        for (key, typed) in [("turn", edit.turn), ("time_zone", edit.time_zone)] {
            if let Some(typed) = typed {
                put(rota, key, value(typed.trim()));
            }
        }
        Ok(())
    }

    /// Takes a rota out. That no ladder calls it is checked with the rest.
    pub fn remove_rota(&mut self, name: &str) -> Result<(), ConfigError> {
        let gone = self.section("rota")?.remove(name);
        gone.map(|_| ()).ok_or_else(|| {
            ConfigError::new("there is no such rota; `/rota show` shows which there are.")
        })
    }

    /// Sets the step of a ladder that stands at this point and tells in this place, or adds it; a
    /// ladder that is not there begins with it.
    pub fn set_step(&mut self, ladder: &str, step: StepEdit<'_>) -> Result<(), ConfigError> {
        named(ladder, "ladder")?;
        let ladders = self.section("ladder")?;
        if !ladders.contains_key(ladder) {
            let mut made = Table::new();
            made.insert("steps", value(Array::new()));
            ladders.insert(ladder, Item::Table(made));
        }
        let mut written = InlineTable::new();
        written.insert("at", step.at.trim().into());
        let typed = [
            ("tell", step.tell),
            ("in", step.place),
            ("again", step.again),
        ];
        for (key, typed) in typed {
            if let Some(typed) = typed {
                written.insert(key, ids_for_mentions(typed).into());
            }
        }
        let place = step.place.map(ids_for_mentions);
        let steps = self.steps(ladder)?;
        let there = steps
            .iter()
            .position(|it| stands_at(it, step.at, place.as_deref()));
        match there.and_then(|index| steps.get_mut(index)) {
            Some(there) => *there = Value::InlineTable(written),
            None => steps.push(written),
        }
        for step in steps.iter_mut() {
            step.decor_mut().set_prefix("\n    ");
        }
        steps.set_trailing_comma(true);
        steps.set_trailing("\n");
        Ok(())
    }

    /// Takes a step out of a ladder, and the ladder with its last step.
    pub fn remove_step(
        &mut self,
        ladder: &str,
        at: &str,
        place: Option<&str>,
    ) -> Result<(), ConfigError> {
        let place = place.map(ids_for_mentions);
        let missing =
            || ConfigError::new("there is no such step; `/ladder show` shows which there are.");
        if !self.section("ladder")?.contains_key(ladder) {
            return Err(missing());
        }
        let steps = self.steps(ladder)?;
        let there = steps
            .iter()
            .position(|it| stands_at(it, at, place.as_deref()));
        steps.remove(there.ok_or_else(missing)?);
        if steps.is_empty() {
            self.section("ladder")?.remove(ladder);
        }
        Ok(())
    }

    /// Gives somebody quiet hours whenever a calendar is not open; without one takes them away.
    pub fn set_quiet(&mut self, whose: Pinged, outside: Option<&str>) -> Result<(), ConfigError> {
        let (key, id) = match whose {
            Pinged::Person(person) => ("member", person.to_string()),
            Pinged::Role(role) => ("role", role.to_string()),
        };
        let attention = self.section("attention")?;
        if !attention.contains_key("quiet") {
            attention.insert("quiet", Item::ArrayOfTables(ArrayOfTables::new()));
        }
        let quiet = attention.get_mut("quiet");
        let quiet = quiet.and_then(as_tables);
        let quiet = quiet.ok_or_else(|| elsewhere("attention.quiet"))?;
        let theirs = quiet.iter().position(|it| text(it, key) == id);
        match (theirs, outside) {
            (Some(index), None) => {
                quiet.remove(index);
            }
            (None, None) => {
                return Err(ConfigError::new(
                    "they have no quiet hours; `/quiet show` shows who has.",
                ));
            }
            (None, Some(outside)) => {
                let mut made = Table::new();
                made.insert(key, value(id));
                made.insert("outside", value(outside.trim()));
                quiet.push(made);
            }
            (Some(index), Some(outside)) => {
                if let Some(theirs) = quiet.get_mut(index) {
                    put(theirs, "outside", value(outside.trim()));
                }
            }
        }
        if quiet.is_empty() {
            attention.remove("quiet");
        }
        Ok(())
    }

    /// A table of the document, made when it is not there.
    fn section(&mut self, key: &str) -> Result<&mut dyn TableLike, ConfigError> {
        let mut made = Table::new();
        made.set_implicit(true);
        let section = self.0.entry(key).or_insert(Item::Table(made));
        section.as_table_like_mut().ok_or_else(|| elsewhere(key))
    }

    fn steps(&mut self, ladder: &str) -> Result<&mut Array, ConfigError> {
        let ladder = self.section("ladder")?.get_mut(ladder);
        let ladder = ladder.and_then(Item::as_table_like_mut);
        let mut steps = ladder.and_then(|it| it.get_mut("steps"));
        if let Some(steps) = &mut steps {
            steps.make_value();
        }
        let steps = steps.and_then(Item::as_array_mut);
        steps.ok_or_else(|| elsewhere("ladder"))
    }

    /// The time zone of the first calendar.
    fn usual_zone(&self) -> String {
        let first = self.calendars().first().copied();
        let first = first.and_then(|name| self.find_calendar(name));
        first.map_or_else(|| "UTC".to_owned(), |calendar| calendar.time_zone)
    }
}

/// Whether a name can stand in `rota NAME`, and as a key.
fn named(name: &str, what: &str) -> Result<(), ConfigError> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-';
    if name.is_empty() || name.len() > 40 || !name.chars().all(fits) {
        return Err(ConfigError::new(format!(
            "a {what}'s name has 1 to 40 small letters, digits, `-` or `_`, such as `on_call`."
        )));
    }
    Ok(())
}

/// "9:00".
fn clock_time(typed: &str) -> Result<NaiveTime, ConfigError> {
    let typed = typed.trim();
    let read = NaiveTime::parse_from_str(typed, "%H:%M:%S");
    read.or_else(|_| NaiveTime::parse_from_str(typed, "%H:%M"))
        .map_err(|_| ConfigError::new("a time of hand-over is written like `09:00`."))
}

/// Whether a step stands at a point and tells in a place; none is the staff channel.
fn stands_at(step: &Value, at: &str, place: Option<&str>) -> bool {
    let Some(step) = step.as_inline_table() else {
        return false;
    };
    let of = |place: &str| match place {
        "" => "staff".to_owned(),
        place => place.to_owned(),
    };
    text(step, "at") == at.trim() && of(&text(step, "in")) == of(place.unwrap_or_default())
}

/// What was typed with mentions, as the settings write it: `<@&1> and <@2>` is `role 1 and member 2`,
/// `<#3>` is `3`.
fn ids_for_mentions(typed: &str) -> String {
    let words = typed.split_whitespace().map(|word| {
        let Some(inner) = word.strip_prefix('<').and_then(|it| it.strip_suffix('>')) else {
            return word.to_owned();
        };
        if let Some(id) = inner.strip_prefix("@&") {
            format!("role {id}")
        } else if let Some(id) = inner.strip_prefix('@') {
            format!("member {}", id.trim_start_matches('!'))
        } else {
            inner.trim_start_matches('#').to_owned()
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

/// The people who were mentioned, in order.
pub fn read_people(typed: &str) -> Result<Vec<UserId>, ConfigError> {
    let words = typed.split([',', ' ']).filter(|word| !word.is_empty());
    let people = words.map(|word| {
        let id = word
            .trim_start_matches(['<', '@', '!'])
            .trim_end_matches('>');
        id.parse().map(UserId)
    });
    people.collect::<Result<_, _>>().map_err(|_| {
        ConfigError::new("people are written as @name, one after the other, in the order of turns.")
    })
}
