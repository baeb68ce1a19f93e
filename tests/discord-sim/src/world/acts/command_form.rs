//! What a command must look like.
//!
//! Source: <https://discord.com/developers/docs/interactions/application-commands>.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::world::{ApiError, FieldError, Outcome};

/// Characters of names, descriptions and values of one command.
const MOST_CHARACTERS: usize = 8000;
const SUBCOMMAND: u64 = 1;
const SUBCOMMAND_GROUP: u64 = 2;

/// Checks a command and renders what Discord gives back of it, without ids.
pub(super) fn check_command(command: &Value) -> Outcome<Map<String, Value>> {
    let mut check = Check::default();
    let kind = command["type"].as_u64().unwrap_or(1);
    if !(1..=4).contains(&kind) {
        check.refuse(
            "type",
            "BASE_TYPE_CHOICES",
            "Value must be one of {1, 2, 3, 4}.",
        );
    }
    let slash = kind == 1;
    check.name(command, "", slash);
    let description = command["description"].as_str().unwrap_or_default();
    if slash {
        check.length(command, "", "description", 1, 100);
    } else if !description.is_empty() {
        check.refuse(
            "description",
            "APPLICATION_COMMANDS_DESCRIPTION_NOT_ALLOWED",
            "Context menu commands cannot have description",
        );
    }
    let options = command["options"].as_array().map_or(&[][..], Vec::as_slice);
    if !slash && !options.is_empty() {
        check.refuse(
            "options",
            "APPLICATION_COMMANDS_OPTIONS_NOT_ALLOWED",
            "Context menu commands cannot have options",
        );
    }
    check.options(options, "options", 0);
    if check.characters > MOST_CHARACTERS {
        check.refuse(
            "",
            "APPLICATION_COMMAND_TOO_LARGE",
            "Command exceeds maximum size (8000)",
        );
    }
    if !check.wrong.is_empty() {
        return Err(ApiError::form(check.wrong));
    }
    Ok(rendered(command, kind, description))
}

fn rendered(command: &Value, kind: u64, description: &str) -> Map<String, Value> {
    let mut rendered = Map::new();
    for (key, value) in [
        ("type", json!(kind)),
        ("name", command["name"].clone()),
        ("description", json!(description)),
        (
            "default_member_permissions",
            command["default_member_permissions"].clone(),
        ),
        (
            "dm_permission",
            json!(command["dm_permission"].as_bool().unwrap_or(true)),
        ),
        ("contexts", command["contexts"].clone()),
        ("nsfw", json!(command["nsfw"].as_bool().unwrap_or(false))),
    ] {
        rendered.insert(key.to_owned(), value);
    }
    let install = command.get("integration_types").filter(|it| !it.is_null());
    rendered.insert(
        "integration_types".into(),
        install.cloned().unwrap_or(json!([0])),
    );
    for key in ["name_localizations", "description_localizations", "options"] {
        if let Some(value) = command.get(key).filter(|value| !value.is_null()) {
            rendered.insert(key.to_owned(), without_nulls(value));
        }
    }
    rendered
}

/// What clients send as null Discord leaves out of its answers.
fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(without_nulls).collect(),
        Value::Object(fields) => fields
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| (key.clone(), without_nulls(value)))
            .collect(),
        other => other.clone(),
    }
}

#[derive(Default)]
struct Check {
    wrong: Vec<FieldError>,
    characters: usize,
}

impl Check {
    fn refuse(&mut self, path: impl Into<String>, code: &'static str, message: &str) {
        self.wrong.push(FieldError {
            path: path.into(),
            code,
            message: message.into(),
        });
    }

    /// Letters, digits, `-`, `_`, `'`, Devanagari and Thai; lower case but for context menus, which
    /// may have anything.
    fn name(&mut self, object: &Value, at: &str, strict: bool) {
        self.length(object, at, "name", 1, 32);
        let name = object["name"].as_str().unwrap_or_default();
        let letter = |it: char| {
            it.is_alphanumeric()
                || matches!(it, '-' | '_' | '\'' | '\u{900}'..='\u{97f}' | '\u{e00}'..='\u{e7f}')
        };
        let lower = name.to_lowercase() == name;
        if strict && !name.is_empty() && !(lower && name.chars().all(letter)) {
            self.refuse(
                format!("{at}name"),
                "APPLICATION_COMMAND_INVALID_NAME",
                "Command name is invalid",
            );
        }
        self.localized(object, at, "name_localizations", 32);
        self.localized(object, at, "description_localizations", 100);
    }

    fn localized(&mut self, object: &Value, at: &str, key: &str, most: usize) {
        let texts = object[key].as_object().into_iter().flatten();
        let mut longest = 0;
        for (locale, text) in texts {
            let length = text.as_str().map_or(0, |text| text.chars().count());
            longest = longest.max(length);
            if !(1..=most).contains(&length) {
                let refused = ApiError::length(format!("{at}{key}.{locale}"), 1, most);
                self.wrong.extend(refused.fields);
            }
        }
        let plain = key.trim_end_matches("_localizations");
        let default = object[plain]
            .as_str()
            .map_or(0, |text| text.chars().count());
        // The default was counted already; a longer translation counts instead of it.
        self.characters += longest.saturating_sub(default);
    }

    fn length(&mut self, object: &Value, at: &str, key: &str, min: usize, max: usize) {
        let Some(text) = object[key].as_str() else {
            let refused = ApiError::required(format!("{at}{key}"));
            self.wrong.extend(refused.fields);
            return;
        };
        let length = text.chars().count();
        self.characters += length;
        if !(min..=max).contains(&length) {
            let refused = ApiError::length(format!("{at}{key}"), min, max);
            self.wrong.extend(refused.fields);
        }
    }

    fn options(&mut self, options: &[Value], at: &str, depth: u32) {
        if options.len() > 25 {
            self.refuse(at, "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.");
        }
        let mut names = BTreeSet::new();
        let mut optional_seen = false;
        for (index, option) in options.iter().enumerate() {
            let path = format!("{at}.{index}.");
            self.name(option, &path, true);
            self.length(option, &path, "description", 1, 100);
            if !names.insert(option["name"].as_str().unwrap_or_default()) {
                self.refuse(
                    at,
                    "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS",
                    "Option name already exists in the options list",
                );
            }
            let required = option["required"].as_bool().unwrap_or(false);
            if required && optional_seen {
                self.refuse(
                    format!("{at}.{index}"),
                    "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
                    "Required options must be placed before non-required options",
                );
            }
            optional_seen |= !required;
            self.option_body(option, &path, depth);
        }
    }

    fn option_body(&mut self, option: &Value, path: &str, depth: u32) {
        let kind = option["type"].as_u64().unwrap_or(0);
        let nested = matches!(kind, SUBCOMMAND | SUBCOMMAND_GROUP);
        let misplaced = match kind {
            SUBCOMMAND_GROUP => depth > 0,
            SUBCOMMAND => depth > 1,
            _ => false,
        };
        if !(1..=11).contains(&kind) || misplaced {
            self.refuse(
                format!("{path}type"),
                "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID",
                "Sub-commands and sub-command-groups only allowed at the right level",
            );
            return;
        }
        let below = option["options"].as_array().map_or(&[][..], Vec::as_slice);
        if nested {
            self.options(below, &format!("{path}options"), depth + 1);
        }
        let choices = option["choices"].as_array().map_or(&[][..], Vec::as_slice);
        if choices.len() > 25 {
            self.refuse(
                format!("{path}choices"),
                "BASE_TYPE_MAX_LENGTH",
                "Must be 25 or fewer in length.",
            );
        }
        for (index, choice) in choices.iter().enumerate() {
            let at = format!("{path}choices.{index}.");
            self.length(choice, &at, "name", 1, 100);
            if choice["value"].is_string() {
                self.length(choice, &at, "value", 1, 100);
            }
        }
        if option["autocomplete"] == true && !choices.is_empty() {
            self.refuse(
                format!("{path}autocomplete"),
                "APPLICATION_COMMAND_AUTOCOMPLETE_NOT_ALLOWED",
                "Autocomplete and choices exclude each other",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(command: &Value) -> String {
        let error = check_command(command).unwrap_err();
        format!("{} {}", error.fields[0].path, error.fields[0].code)
    }

    #[test]
    fn a_slash_command_has_a_lower_case_name_and_a_description() {
        assert!(check_command(&json!({ "name": "claim", "description": "Take it" })).is_ok());
        assert_eq!(
            refusal(&json!({ "name": "Claim", "description": "Take it" })),
            "name APPLICATION_COMMAND_INVALID_NAME"
        );
        assert_eq!(
            refusal(&json!({ "name": "claim" })),
            "description BASE_TYPE_REQUIRED"
        );
        assert!(check_command(&json!({ "name": "Claim This", "type": 3 })).is_ok());
    }

    #[test]
    fn required_options_come_first() {
        let option = |name: &str, required: bool| json!({ "type": 3, "name": name, "description": "x", "required": required });
        let command = json!({ "name": "a", "description": "b", "options": [option("x", false), option("y", true)] });
        assert_eq!(
            refusal(&command),
            "options.1 APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID"
        );
    }
}
