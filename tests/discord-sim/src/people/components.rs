//! Finding what to click in a message.

use serde_json::Value;

use crate::validate::rules::{list, walk};

/// Component types a person can use in a message (components/reference).
pub(crate) mod kind {
    pub(crate) const BUTTON: u64 = 2;
    pub(crate) const STRING_SELECT: u64 = 3;
    pub(crate) const USER_SELECT: u64 = 5;
    pub(crate) const ROLE_SELECT: u64 = 6;
    pub(crate) const MENTIONABLE_SELECT: u64 = 7;
    pub(crate) const CHANNEL_SELECT: u64 = 8;
}

/// Buttons that open an address or a purchase instead of telling the application.
const SILENT_STYLES: [u64; 2] = [5, 6];

/// The button with this label or custom id.
///
/// # Errors
/// In words: there is none, it is greyed out, or it only opens an address.
pub(crate) fn find_button<'a>(components: &'a [Value], name: &str) -> Result<&'a Value, String> {
    let button = find(components, |component| {
        number(component, "type") == Some(kind::BUTTON) && is_named(component, name, "label")
    })
    .ok_or_else(|| format!("no button {name:?}, only {:?}", labels(components)))?;
    if number(button, "style").is_some_and(|style| SILENT_STYLES.contains(&style)) {
        return Err(format!("the button {name:?} opens an address"));
    }
    enabled(button, name)
}

/// The select menu with this placeholder or custom id; an empty name means the only one.
///
/// # Errors
/// In words: there is none, or it is greyed out.
pub(crate) fn find_select<'a>(components: &'a [Value], name: &str) -> Result<&'a Value, String> {
    let select = find(components, |component| {
        let kind = number(component, "type");
        let select = matches!(
            kind,
            Some(kind::STRING_SELECT | kind::USER_SELECT..=kind::CHANNEL_SELECT)
        );
        select && (name.is_empty() || is_named(component, name, "placeholder"))
    })
    .ok_or_else(|| format!("no select menu {name:?}"))?;
    enabled(select, name)
}

/// The values of a string select's options, each named by label or value.
///
/// # Errors
/// In words: an option does not exist.
pub(crate) fn options(select: &Value, chosen: &[&str]) -> Result<Vec<String>, String> {
    chosen
        .iter()
        .map(|name| {
            list(select, "options")
                .iter()
                .find(|option| [text(option, "label"), text(option, "value")].contains(name))
                .map(|option| text(option, "value").to_owned())
                .ok_or_else(|| format!("the menu has no option {name:?}"))
        })
        .collect()
}

/// Whether so many values may be chosen.
///
/// # Errors
/// In words, how many may be.
pub(crate) fn check_count(select: &Value, count: usize) -> Result<(), String> {
    let least = number(select, "min_values").unwrap_or(1);
    let most = number(select, "max_values").unwrap_or(1);
    let count = u64::try_from(count).unwrap_or(u64::MAX);
    if (least..=most).contains(&count) {
        Ok(())
    } else {
        Err(format!("{least} to {most} can be chosen, not {count}"))
    }
}

/// Everything with a label that can be clicked, for messages of failing tests.
pub(crate) fn labels(components: &[Value]) -> Vec<String> {
    let mut labels = Vec::new();
    walk(components, &mut |component| {
        if number(component, "type") == Some(kind::BUTTON) {
            labels.push(text(component, "label").to_owned());
        }
    });
    labels
}

fn find(components: &[Value], wanted: impl Fn(&Value) -> bool) -> Option<&Value> {
    let mut found = None;
    walk(components, &mut |component| {
        if found.is_none() && wanted(component) {
            found = Some(component);
        }
    });
    found
}

fn is_named(component: &Value, name: &str, key: &str) -> bool {
    text(component, "custom_id") == name || text(component, key) == name
}

fn enabled<'a>(component: &'a Value, name: &str) -> Result<&'a Value, String> {
    if component.get("disabled") == Some(&Value::Bool(true)) {
        return Err(format!("{name:?} is greyed out"));
    }
    Ok(component)
}

pub(crate) fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

pub(crate) fn number(value: &Value, key: &str) -> Option<u64> {
    value.get(key).and_then(Value::as_u64)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn card() -> Vec<Value> {
        vec![
            json!({"type": 17, "components": [
                {"type": 9, "components": [{"type": 10, "content": "x"}], "accessory":
                    {"type": 2, "style": 1, "label": "Claim", "custom_id": "c:1"}},
                {"type": 1, "components": [
                    {"type": 2, "style": 2, "label": "Later", "custom_id": "l:1", "disabled": true},
                    {"type": 2, "style": 5, "label": "Docs", "url": "https://example.org"},
                ]},
            ]}),
            json!({"type": 1, "components": [{"type": 3, "custom_id": "s", "max_values": 2, "options": [
                {"label": "Low", "value": "low"}, {"label": "High", "value": "high"}]}]}),
        ]
    }

    #[test]
    fn buttons_are_found_by_label_or_custom_id_wherever_they_are() {
        let card = card();
        assert_eq!(find_button(&card, "Claim").unwrap()["custom_id"], "c:1");
        assert_eq!(find_button(&card, "c:1").unwrap()["label"], "Claim");
        for gone in ["Later", "Docs", "Nothing"] {
            assert!(find_button(&card, gone).is_err(), "{gone}");
        }
    }

    #[test]
    fn select_options_are_named_by_label_or_value() {
        let card = card();
        let select = find_select(&card, "").unwrap();
        assert_eq!(options(select, &["Low", "high"]).unwrap(), ["low", "high"]);
        assert!(options(select, &["Middle"]).is_err());
        assert!(check_count(select, 2).is_ok());
        assert!(check_count(select, 3).is_err());
        assert!(check_count(select, 0).is_err());
    }
}
