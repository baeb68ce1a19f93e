//! A slash command as a person types it: `/queue filter:at risk page:2`.
//!
//! What a client refuses to send is refused here in the same way: an option that does not exist,
//! a required one left out, a number out of its bounds, text that is none of the choices.

use serde_json::{Value, json};

use super::components::{number, text};
use crate::interactions::Named;
use crate::validate::rules::list;

/// Option types (interactions/application-commands, "Application Command Option Type").
pub(super) mod kind {
    pub(crate) const SUB_COMMAND: u64 = 1;
    pub(crate) const SUB_COMMAND_GROUP: u64 = 2;
    pub(crate) const STRING: u64 = 3;
    pub(crate) const INTEGER: u64 = 4;
    pub(crate) const BOOLEAN: u64 = 5;
    pub(crate) const USER: u64 = 6;
    pub(crate) const CHANNEL: u64 = 7;
    pub(crate) const ROLE: u64 = 8;
    pub(crate) const MENTIONABLE: u64 = 9;
    pub(crate) const NUMBER: u64 = 10;
    pub(crate) const ATTACHMENT: u64 = 11;
}

/// How names typed in an option are found: `@Ann`, `#general`, `@staff`, or an id.
pub(crate) trait Names {
    fn find_user(&self, name: &str) -> Option<u64>;
    fn find_role(&self, name: &str) -> Option<u64>;
    fn find_channel(&self, name: &str) -> Option<u64>;
    /// A fresh id, for an attachment.
    fn fresh_id(&self) -> u64;
}

/// What was typed after the command's name, understood.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Typed {
    /// As `INTERACTION_CREATE` has them.
    pub(crate) options: Vec<Value>,
    pub(crate) named: Named,
}

/// Whether the line is sent, or is still being typed in its last option (autocomplete).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Run,
    Complete,
}

/// The name of the command in a line, and the rest.
pub(crate) fn split(line: &str) -> Result<(&str, &str), String> {
    let line = line
        .trim()
        .strip_prefix('/')
        .ok_or_else(|| format!("{line:?} does not start with a slash"))?;
    Ok(line.split_once(' ').unwrap_or((line, "")))
}

/// Understands what was typed after the name of the command.
pub(crate) fn parse(
    command: &Value,
    rest: &str,
    here: &dyn Names,
    mode: Mode,
) -> Result<Typed, String> {
    let mut named = Named::default();
    let options = level(list(command, "options"), rest, here, mode, &mut named)?;
    Ok(Typed { options, named })
}

fn level(
    known: &[Value],
    rest: &str,
    here: &dyn Names,
    mode: Mode,
    named: &mut Named,
) -> Result<Vec<Value>, String> {
    let nested = |option: &&Value| {
        matches!(
            number(option, "type"),
            Some(kind::SUB_COMMAND | kind::SUB_COMMAND_GROUP)
        )
    };
    if known.iter().any(|option| nested(&option)) {
        let rest = rest.trim_start();
        let (word, rest) = rest.split_once(' ').unwrap_or((rest, ""));
        let chosen = known
            .iter()
            .find(|option| nested(option) && text(option, "name") == word)
            .ok_or_else(|| format!("there is no subcommand {word:?}"))?;
        let inner = level(list(chosen, "options"), rest, here, mode, named)?;
        return Ok(vec![
            json!({"name": word, "type": number(chosen, "type"), "options": inner}),
        ]);
    }
    let typed = pairs(known, rest)?;
    let mut options = Vec::new();
    for (index, (option, value)) in typed.iter().enumerate() {
        let focused = mode == Mode::Complete && index + 1 == typed.len();
        options.push(if focused {
            if option.get("autocomplete") != Some(&Value::Bool(true)) {
                return Err(format!("{} does not autocomplete", text(option, "name")));
            }
            json!({
                "name": option.get("name"),
                "type": option.get("type"),
                "value": value,
                "focused": true,
            })
        } else {
            let value = convert(option, value, here, named)?;
            json!({"name": option.get("name"), "type": option.get("type"), "value": value})
        });
    }
    if mode == Mode::Run {
        let missing = known.iter().find(|option| {
            option.get("required") == Some(&Value::Bool(true))
                && !typed.iter().any(|(given, _)| given == option)
        });
        if let Some(missing) = missing {
            return Err(format!("{} is required", text(missing, "name")));
        }
    }
    Ok(options)
}

/// The `name:value` pairs; a value reaches to the next known name.
fn pairs<'a>(known: &'a [Value], rest: &str) -> Result<Vec<(&'a Value, String)>, String> {
    let mut pairs: Vec<(&Value, String)> = Vec::new();
    for word in rest.split(' ') {
        let started = word.split_once(':').and_then(|(name, value)| {
            let option = known.iter().find(|option| text(option, "name") == name)?;
            Some((option, value))
        });
        if let Some((option, value)) = started {
            if pairs.iter().any(|(seen, _)| *seen == option) {
                return Err(format!("{} is given twice", text(option, "name")));
            }
            pairs.push((option, value.to_owned()));
        } else if let Some((_, value)) = pairs.last_mut() {
            value.push(' ');
            value.push_str(word);
        } else if !word.is_empty() {
            return Err(format!("no option takes {word:?}"));
        }
    }
    for (_, value) in &mut pairs {
        *value = value.trim().to_owned();
    }
    Ok(pairs)
}

pub(super) fn convert(
    option: &Value,
    typed: &str,
    here: &dyn Names,
    named: &mut Named,
) -> Result<Value, String> {
    let name = text(option, "name");
    let choices = list(option, "choices");
    if !choices.is_empty() {
        return choices
            .iter()
            .find(|choice| {
                text(choice, "name") == typed
                    || choice.get("value").is_some_and(|value| match value {
                        Value::String(value) => value == typed,
                        number => typed == format!("{number}"),
                    })
            })
            .and_then(|choice| choice.get("value"))
            .cloned()
            .ok_or_else(|| format!("{typed:?} is none of the choices of {name}"));
    }
    let unknown = |what: &str| format!("{name}: there is no {what} {typed:?}");
    match number(option, "type") {
        Some(kind::STRING) => {
            let length = u64::try_from(typed.chars().count()).unwrap_or(u64::MAX);
            let short = number(option, "min_length").is_some_and(|least| length < least);
            let long = length > number(option, "max_length").unwrap_or(6000);
            if short || long {
                return Err(format!(
                    "{name}: {length} characters are too few or too many"
                ));
            }
            Ok(json!(typed))
        }
        Some(kind::INTEGER) => {
            let value: i64 = typed.parse().map_err(|_| unknown("whole number"))?;
            #[expect(
                clippy::cast_precision_loss,
                reason = "bounds of commands are far below 2^53"
            )]
            bounds(option, value as f64).map(|()| json!(value))
        }
        Some(kind::NUMBER) => {
            let value: f64 = typed.parse().map_err(|_| unknown("number"))?;
            bounds(option, value).map(|()| json!(value))
        }
        Some(kind::BOOLEAN) => match typed.to_lowercase().as_str() {
            "true" => Ok(json!(true)),
            "false" => Ok(json!(false)),
            _ => Err(unknown("True or False")),
        },
        Some(kind::USER) => {
            let id = here.find_user(typed).ok_or_else(|| unknown("person"))?;
            named.users.insert(id);
            Ok(json!(id.to_string()))
        }
        Some(kind::ROLE) => {
            let id = here.find_role(typed).ok_or_else(|| unknown("role"))?;
            named.roles.insert(id);
            Ok(json!(id.to_string()))
        }
        Some(kind::CHANNEL) => {
            let id = here.find_channel(typed).ok_or_else(|| unknown("channel"))?;
            named.channels.insert(id);
            Ok(json!(id.to_string()))
        }
        Some(kind::MENTIONABLE) => {
            if let Some(id) = here.find_user(typed) {
                named.users.insert(id);
                return Ok(json!(id.to_string()));
            }
            let id = here
                .find_role(typed)
                .ok_or_else(|| unknown("person or role"))?;
            named.roles.insert(id);
            Ok(json!(id.to_string()))
        }
        Some(kind::ATTACHMENT) => {
            let id = here.fresh_id();
            named.attachments.push((id, typed.to_owned()));
            Ok(json!(id.to_string()))
        }
        other => Err(format!("{name} has the unknown type {other:?}")),
    }
}

fn bounds(option: &Value, value: f64) -> Result<(), String> {
    let bound = |key: &str| option.get(key).and_then(Value::as_f64);
    let low = bound("min_value").is_some_and(|least| value < least);
    let high = bound("max_value").is_some_and(|most| value > most);
    if low || high {
        return Err(format!("{} cannot be {value}", text(option, "name")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    struct House;

    impl Names for House {
        fn find_user(&self, name: &str) -> Option<u64> {
            (name == "@Ann").then_some(5)
        }
        fn find_role(&self, name: &str) -> Option<u64> {
            (name == "@staff").then_some(6)
        }
        fn find_channel(&self, name: &str) -> Option<u64> {
            (name == "#help").then_some(7)
        }
        fn fresh_id(&self) -> u64 {
            8
        }
    }

    fn queue() -> Value {
        json!({"name": "queue", "options": [
            {"type": 3, "name": "filter", "choices": [{"name": "at risk", "value": "risk"}]},
            {"type": 4, "name": "page", "min_value": 1, "max_value": 9},
            {"type": 3, "name": "text", "max_length": 20, "autocomplete": true},
            {"type": 5, "name": "all"},
            {"type": 6, "name": "who"},
            {"type": 9, "name": "whom"},
        ]})
    }

    fn run(line: &str) -> Result<Vec<Value>, String> {
        let (name, rest) = split(line)?;
        assert_eq!(name, "queue");
        parse(&queue(), rest, &House, Mode::Run).map(|typed| typed.options)
    }

    #[test]
    fn a_value_reaches_to_the_next_option() {
        let options = run("/queue filter:at risk page:2 text:a: b  c all:True").unwrap();
        assert_eq!(
            options,
            [
                json!({"name": "filter", "type": 3, "value": "risk"}),
                json!({"name": "page", "type": 4, "value": 2}),
                json!({"name": "text", "type": 3, "value": "a: b  c"}),
                json!({"name": "all", "type": 5, "value": true}),
            ]
        );
        assert_eq!(run("/queue"), Ok(vec![]));
    }

    #[test]
    fn people_and_roles_go_along_as_resolved() {
        let (_, rest) = split("/queue who:@Ann whom:@staff").unwrap();
        let typed = parse(&queue(), rest, &House, Mode::Run).unwrap();
        assert_eq!(typed.options[0]["value"], "5");
        assert_eq!(typed.options[1]["value"], "6");
        assert_eq!(typed.named.users, BTreeSet::from([5]));
        assert_eq!(typed.named.roles, BTreeSet::from([6]));
    }

    #[test]
    fn what_a_client_would_not_send_is_refused() {
        for line in [
            "/queue page:0",
            "/queue page:ten",
            "/queue filter:other",
            "/queue hello",
            "/queue all:perhaps",
            "/queue who:@Nobody",
            "/queue page:1 page:2",
            "/queue text:123456789012345678901",
        ] {
            assert!(run(line).is_err(), "{line}");
        }
    }

    #[test]
    fn subcommands_nest_and_required_options_are_required() {
        let command = json!({"name": "tag", "options": [{"type": 2, "name": "group", "options": [
            {"type": 1, "name": "add", "options": [
                {"type": 7, "name": "where", "required": true},
                {"type": 11, "name": "file"},
            ]},
        ]}]});
        let parse = |rest| parse(&command, rest, &House, Mode::Run);
        let typed = parse("group add where:#help file:a.txt").unwrap();
        assert_eq!(
            typed.options,
            [json!({"name": "group", "type": 2, "options": [
                {"name": "add", "type": 1, "options": [
                    {"name": "where", "type": 7, "value": "7"},
                    {"name": "file", "type": 11, "value": "8"},
                ]},
            ]})]
        );
        assert_eq!(typed.named.attachments, [(8, "a.txt".to_owned())]);
        assert_eq!(parse("group add file:a").unwrap_err(), "where is required");
        assert_eq!(
            parse("other").unwrap_err(),
            "there is no subcommand \"other\""
        );
    }

    #[test]
    fn the_last_option_is_the_focused_one_while_typing() {
        let (_, rest) = split("/queue page:2 text:par").unwrap();
        let typed = parse(&queue(), rest, &House, Mode::Complete).unwrap();
        assert_eq!(
            typed.options[1],
            json!({"name": "text", "type": 3, "value": "par", "focused": true})
        );
        assert!(parse(&queue(), "page:2", &House, Mode::Complete).is_err());
    }
}
