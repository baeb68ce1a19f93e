//! A modal window on somebody's screen, and what is sent when it is filled in.

use serde_json::{Value, json};

use super::components::{number, text};
use crate::validate::rules::{list, walk};

/// Component types that hold a value in a modal (components/reference).
mod kind {
    pub(super) const ACTION_ROW: u64 = 1;
    pub(super) const STRING_SELECT: u64 = 3;
    pub(super) const TEXT_INPUT: u64 = 4;
    pub(super) const SELECTS_OF_IDS: std::ops::RangeInclusive<u64> = 5..=8;
    pub(super) const TEXT_DISPLAY: u64 = 10;
    pub(super) const LABEL: u64 = 18;
    pub(super) const FILE_UPLOAD: u64 = 19;
    pub(super) const RADIO_GROUP: u64 = 21;
    pub(super) const CHECKBOX_GROUP: u64 = 22;
    pub(super) const CHECKBOX: u64 = 23;
}

/// Fills the fields of a modal and makes the `components` of its submission.
///
/// A field is named by its custom id or its label; several values (of a select) are separated by
/// `|`. A field that is not named keeps what it was shown with.
///
/// # Errors
/// In the words of a client that does not send such a form.
pub(crate) fn fill(modal: &Value, fields: &[(&str, &str)]) -> Result<Vec<Value>, String> {
    let components = list(modal, "components");
    for (name, _) in fields {
        let mut known = false;
        walk(components, &mut |component| {
            known |= text(component, "custom_id") == *name || text(component, "label") == *name;
        });
        if !known {
            return Err(format!("the window has no field {name:?}"));
        }
    }
    // Components without an id of their own are numbered in order (components/reference, "id").
    let mut next_id = 0;
    components
        .iter()
        .map(|component| fill_top(component, fields, &mut next_id))
        .collect()
}

fn fill_top(
    component: &Value,
    fields: &[(&str, &str)],
    next_id: &mut u64,
) -> Result<Value, String> {
    let id = own_id(component, next_id);
    match number(component, "type") {
        Some(kind::TEXT_DISPLAY) => Ok(json!({"type": kind::TEXT_DISPLAY, "id": id})),
        Some(kind::LABEL) => {
            let inner = component.get("component").unwrap_or(&Value::Null);
            let label = text(component, "label");
            let filled = fill_one(inner, label, fields, next_id)?;
            Ok(json!({"type": kind::LABEL, "id": id, "component": filled}))
        }
        Some(kind::ACTION_ROW) => {
            let filled: Result<Vec<Value>, String> = list(component, "components")
                .iter()
                .map(|inner| fill_one(inner, text(inner, "label"), fields, next_id))
                .collect();
            Ok(json!({"type": kind::ACTION_ROW, "id": id, "components": filled?}))
        }
        other => Err(format!("a window cannot show component type {other:?}")),
    }
}

fn fill_one(
    component: &Value,
    label: &str,
    fields: &[(&str, &str)],
    next_id: &mut u64,
) -> Result<Value, String> {
    let id = own_id(component, next_id);
    let custom_id = text(component, "custom_id");
    let given = fields
        .iter()
        .find(|(name, _)| *name == custom_id || *name == label)
        .map(|(_, value)| *value);
    let kind = number(component, "type").unwrap_or(0);
    let required = component.get("required") != Some(&Value::Bool(false));
    let mut filled = json!({"type": kind, "id": id, "custom_id": custom_id});
    let (key, value) = match kind {
        kind::TEXT_INPUT => {
            let value = given.unwrap_or_else(|| text(component, "value"));
            let length = u64::try_from(value.chars().count()).unwrap_or(u64::MAX);
            let least = number(component, "min_length").unwrap_or(0);
            let most = number(component, "max_length").unwrap_or(4000);
            let empty_and_may = length == 0 && !required;
            if !empty_and_may && (length < least.max(u64::from(required)) || length > most) {
                return Err(format!(
                    "{label}: {length} characters, not {least} to {most}"
                ));
            }
            ("value", json!(value))
        }
        kind::CHECKBOX => ("value", json!(given == Some("true"))),
        kind::RADIO_GROUP => {
            let chosen = choose(component, label, given, required)?;
            ("value", chosen.into_iter().next().unwrap_or(Value::Null))
        }
        kind::STRING_SELECT | kind::CHECKBOX_GROUP => {
            ("values", json!(choose(component, label, given, required)?))
        }
        kind::FILE_UPLOAD => ("values", json!(split(given))),
        selects if kind::SELECTS_OF_IDS.contains(&selects) => {
            let ids = split(given);
            if ids.is_empty() && required {
                return Err(format!("{label} is required"));
            }
            ("values", json!(ids))
        }
        other => return Err(format!("{label}: a window cannot ask with type {other}")),
    };
    if let Some(filled) = filled.as_object_mut() {
        filled.insert(key.to_owned(), value);
    }
    Ok(filled)
}

/// The values of the options named by value or label.
fn choose(
    component: &Value,
    label: &str,
    given: Option<&str>,
    required: bool,
) -> Result<Vec<Value>, String> {
    let options = list(component, "options");
    let values: Vec<Value> = match given {
        None => options
            .iter()
            .filter(|option| option.get("default") == Some(&Value::Bool(true)))
            .filter_map(|option| option.get("value").cloned())
            .collect(),
        Some(_) => split(given)
            .iter()
            .map(|name| {
                options
                    .iter()
                    .find(|option| text(option, "value") == name || text(option, "label") == name)
                    .and_then(|option| option.get("value").cloned())
                    .ok_or_else(|| format!("{label} has no choice {name:?}"))
            })
            .collect::<Result<_, _>>()?,
    };
    if required && values.is_empty() {
        return Err(format!("{label} is required"));
    }
    Ok(values)
}

fn split(given: Option<&str>) -> Vec<String> {
    given
        .filter(|given| !given.is_empty())
        .map(|given| given.split('|').map(str::to_owned).collect())
        .unwrap_or_default()
}

fn own_id(component: &Value, next_id: &mut u64) -> u64 {
    *next_id += 1;
    number(component, "id")
        .filter(|id| *id != 0)
        .unwrap_or(*next_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn modal() -> Value {
        json!({"components": [
            {"type": 10, "content": "Tell us"},
            {"type": 18, "label": "Cause", "component":
                {"type": 4, "custom_id": "cause", "style": 2, "min_length": 3}},
            {"type": 18, "label": "Kind", "component": {"type": 3, "custom_id": "kind", "options": [
                {"label": "Bug", "value": "bug"}, {"label": "Wish", "value": "wish", "default": true}]}},
            {"type": 1, "components":
                [{"type": 4, "custom_id": "note", "label": "Note", "style": 1, "required": false}]},
        ]})
    }

    #[test]
    fn fields_are_named_by_label_or_custom_id() {
        let filled = fill(&modal(), &[("Cause", "a race"), ("kind", "Bug")]).unwrap();
        assert_eq!(
            filled,
            [
                json!({"type": 10, "id": 1}),
                json!({"type": 18, "id": 2, "component":
                    {"type": 4, "id": 3, "custom_id": "cause", "value": "a race"}}),
                json!({"type": 18, "id": 4, "component":
                    {"type": 3, "id": 5, "custom_id": "kind", "values": ["bug"]}}),
                json!({"type": 1, "id": 6, "components":
                    [{"type": 4, "id": 7, "custom_id": "note", "value": ""}]}),
            ]
        );
    }

    #[test]
    fn what_a_client_would_not_send_is_refused() {
        for fields in [
            [("cause", "ab"), ("kind", "bug")],
            [("cause", "abc"), ("kind", "other")],
            [("cause", "abc"), ("colour", "red")],
        ] {
            assert!(fill(&modal(), &fields).is_err(), "{fields:?}");
        }
        let default_kept = fill(&modal(), &[("cause", "abc")]).unwrap();
        assert_eq!(default_kept[2]["component"]["values"], json!(["wish"]));
    }
}
