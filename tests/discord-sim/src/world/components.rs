//! Message components, old and new: structure, limits, and the ids Discord gives them.
//!
//! Source: <https://discord.com/developers/docs/components/reference>.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::{ApiError, FieldError, Outcome};

/// Component types by number.
mod of {
    pub(super) const ROW: u64 = 1;
    pub(super) const BUTTON: u64 = 2;
    pub(super) const STRING_SELECT: u64 = 3;
    pub(super) const CHANNEL_SELECT: u64 = 8;
    pub(super) const SECTION: u64 = 9;
    pub(super) const TEXT: u64 = 10;
    pub(super) const THUMBNAIL: u64 = 11;
    pub(super) const GALLERY: u64 = 12;
    pub(super) const FILE: u64 = 13;
    pub(super) const SEPARATOR: u64 = 14;
    pub(super) const CONTAINER: u64 = 17;
}

/// Components of a message with the new flag, nested ones counted.
const MOST_V2: usize = 40;
/// Characters of all text displays of a message. Not documented; what Discord's clients refuse above.
const MOST_V2_TEXT: usize = 4000;

/// Checks the components of a message and renders them as Discord gives them back: each with an id.
pub(super) fn check_components(components: &[Value], v2: bool) -> Outcome<Vec<Value>> {
    let mut check = Check::default();
    if !v2 && components.len() > 5 {
        check.refuse(
            "components".into(),
            "BASE_TYPE_BAD_LENGTH",
            "Must be between 1 and 5 in length.",
        );
    }
    check.reserve_ids(components);
    let allowed: &[u64] = if v2 {
        &[
            of::ROW,
            of::SECTION,
            of::TEXT,
            of::GALLERY,
            of::FILE,
            of::SEPARATOR,
            of::CONTAINER,
        ]
    } else {
        &[of::ROW]
    };
    let rendered = check.children(components, "components", allowed);
    if v2 && check.count > MOST_V2 {
        check.refuse(
            "components".into(),
            "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED",
            "The total number of components exceeds 40.",
        );
    }
    if check.text > MOST_V2_TEXT {
        check.refuse(
            "components".into(),
            "COMPONENT_MAX_TOTAL_TEXT_EXCEEDED",
            "The text of all components exceeds 4000 characters.",
        );
    }
    if check.wrong.is_empty() {
        Ok(rendered)
    } else {
        Err(ApiError::form(check.wrong))
    }
}

#[derive(Default)]
struct Check {
    wrong: Vec<FieldError>,
    custom_ids: HashSet<String>,
    /// Component ids the sender chose.
    taken: HashSet<u64>,
    last_id: u64,
    count: usize,
    text: usize,
}

impl Check {
    fn refuse(&mut self, path: String, code: &'static str, message: &str) {
        self.wrong.push(FieldError {
            path,
            code,
            message: message.into(),
        });
    }

    fn reserve_ids(&mut self, components: &[Value]) {
        for component in components {
            self.taken
                .extend(component["id"].as_u64().filter(|id| *id > 0));
            self.taken
                .extend(component.pointer("/accessory/id").and_then(Value::as_u64));
            if let Some(children) = component["components"].as_array() {
                self.reserve_ids(children);
            }
        }
    }

    fn fresh_id(&mut self) -> u64 {
        self.last_id += 1;
        while self.taken.contains(&self.last_id) {
            self.last_id += 1;
        }
        self.last_id
    }

    fn children(&mut self, components: &[Value], path: &str, allowed: &[u64]) -> Vec<Value> {
        let each = components.iter().enumerate();
        each.map(|(index, child)| self.one(child, &format!("{path}.{index}"), allowed))
            .collect()
    }

    fn one(&mut self, component: &Value, path: &str, allowed: &[u64]) -> Value {
        self.count += 1;
        let kind = component["type"].as_u64().unwrap_or(0);
        if !allowed.contains(&kind) {
            let choices: Vec<String> = allowed.iter().map(u64::to_string).collect();
            let message = format!(
                "Value of field \"type\" must be one of ({}).",
                choices.join(", ")
            );
            self.refuse(format!("{path}.type"), "UNION_TYPE_CHOICES", &message);
            return Value::Null;
        }
        let id = component["id"]
            .as_u64()
            .filter(|id| *id > 0)
            .unwrap_or_else(|| self.fresh_id());
        let mut rendered = Map::new();
        rendered.insert("type".into(), json!(kind));
        rendered.insert("id".into(), json!(id));
        match kind {
            of::ROW => self.row(component, path, &mut rendered),
            of::BUTTON => self.button(component, path, &mut rendered),
            of::STRING_SELECT..=of::CHANNEL_SELECT => {
                self.select(kind, component, path, &mut rendered);
            }
            of::SECTION => self.section(component, path, &mut rendered),
            of::TEXT => self.text_display(component, path, &mut rendered),
            of::SEPARATOR => {
                let divider = component["divider"].as_bool().unwrap_or(true);
                rendered.insert("divider".into(), json!(divider));
                let spacing = component["spacing"].as_u64().unwrap_or(1);
                rendered.insert("spacing".into(), json!(spacing));
            }
            of::GALLERY => self.gallery(component, path, &mut rendered),
            of::THUMBNAIL | of::FILE => media(kind, component, &mut rendered),
            of::CONTAINER => self.container(component, path, &mut rendered),
            _ => {}
        }
        Value::Object(rendered)
    }

    fn row(&mut self, row: &Value, path: &str, rendered: &mut Map<String, Value>) {
        let children = list(row, "components");
        let path = format!("{path}.components");
        let buttons = children.iter().all(|child| child["type"] == of::BUTTON);
        let most = if buttons { 5 } else { 1 };
        if children.is_empty() || children.len() > most {
            let message = format!("Must be between 1 and {most} in length.");
            self.refuse(path.clone(), "BASE_TYPE_BAD_LENGTH", &message);
        }
        let children = self.children(children, &path, &[2, 3, 5, 6, 7, 8]);
        rendered.insert("components".into(), children.into());
    }

    fn button(&mut self, button: &Value, path: &str, rendered: &mut Map<String, Value>) {
        let style = button["style"].as_u64().unwrap_or(0);
        if !(1..=6).contains(&style) {
            self.refuse(
                format!("{path}.style"),
                "BASE_TYPE_CHOICES",
                "Value must be one of {1, 2, 3, 4, 5, 6}.",
            );
        }
        self.length(button, path, "label", 0, 80);
        if button["label"].is_null() && button["emoji"].is_null() && style != 6 {
            self.refuse(
                path.to_owned(),
                "BUTTON_COMPONENT_INVALID_LABEL",
                "A button must have a label or emoji.",
            );
        }
        let (has_url, has_custom_id) = (button["url"].is_string(), button["custom_id"].is_string());
        match style {
            5 if !has_url || has_custom_id => self.refuse(
                path.to_owned(),
                "BUTTON_COMPONENT_URL_OR_CUSTOM_ID",
                "A link button needs a url and no custom id.",
            ),
            5 => self.length(button, path, "url", 1, 512),
            1..=4 => self.custom_id(button, path),
            _ => {}
        }
        copy(
            button,
            rendered,
            &[
                "style",
                "label",
                "emoji",
                "custom_id",
                "url",
                "sku_id",
                "disabled",
            ],
        );
    }

    fn select(&mut self, kind: u64, select: &Value, path: &str, rendered: &mut Map<String, Value>) {
        self.custom_id(select, path);
        self.length(select, path, "placeholder", 0, 150);
        if kind == of::STRING_SELECT {
            let options = list(select, "options");
            if !(1..=25).contains(&options.len()) {
                self.refuse(
                    format!("{path}.options"),
                    "BASE_TYPE_BAD_LENGTH",
                    "Must be between 1 and 25 in length.",
                );
            }
            let mut values = HashSet::new();
            for (index, option) in options.iter().enumerate() {
                let path = format!("{path}.options.{index}");
                self.length(option, &path, "label", 1, 100);
                self.length(option, &path, "value", 1, 100);
                self.length(option, &path, "description", 0, 100);
                if !values.insert(option["value"].as_str().unwrap_or_default()) {
                    self.refuse(
                        format!("{path}.value"),
                        "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED",
                        "The specified option value is already used",
                    );
                }
            }
            rendered.insert("options".into(), options.to_vec().into());
        }
        let min = select["min_values"].as_u64().unwrap_or(1);
        let max = select["max_values"].as_u64().unwrap_or(1);
        if min > 25 || !(1..=25).contains(&max) || min > max {
            self.refuse(
                format!("{path}.max_values"),
                "NUMBER_TYPE_COERCE",
                "min_values must not exceed max_values, nor that 25.",
            );
        }
        rendered.insert("min_values".into(), json!(min));
        rendered.insert("max_values".into(), json!(max));
        copy(
            select,
            rendered,
            &[
                "custom_id",
                "placeholder",
                "disabled",
                "channel_types",
                "default_values",
            ],
        );
    }

    fn section(&mut self, section: &Value, path: &str, rendered: &mut Map<String, Value>) {
        let texts = list(section, "components");
        if !(1..=3).contains(&texts.len()) {
            self.refuse(
                format!("{path}.components"),
                "BASE_TYPE_BAD_LENGTH",
                "Must be between 1 and 3 in length.",
            );
        }
        let texts = self.children(texts, &format!("{path}.components"), &[of::TEXT]);
        rendered.insert("components".into(), texts.into());
        let accessory = &section["accessory"];
        if accessory.is_null() {
            self.refuse(
                format!("{path}.accessory"),
                "BASE_TYPE_REQUIRED",
                "This field is required",
            );
        } else {
            let allowed = [of::BUTTON, of::THUMBNAIL];
            let accessory = self.one(accessory, &format!("{path}.accessory"), &allowed);
            rendered.insert("accessory".into(), accessory);
        }
    }

    fn text_display(&mut self, display: &Value, path: &str, rendered: &mut Map<String, Value>) {
        self.length(display, path, "content", 1, 4000);
        self.text += display["content"]
            .as_str()
            .map_or(0, |text| text.trim().chars().count());
        copy(display, rendered, &["content"]);
    }

    fn gallery(&mut self, gallery: &Value, path: &str, rendered: &mut Map<String, Value>) {
        let items = list(gallery, "items");
        if !(1..=10).contains(&items.len()) {
            self.refuse(
                format!("{path}.items"),
                "BASE_TYPE_BAD_LENGTH",
                "Must be between 1 and 10 in length.",
            );
        }
        let items: Value = items
            .iter()
            .map(|item| {
                json!({
                    "media": unfurled(&item["media"]),
                    "description": item["description"],
                    "spoiler": item["spoiler"].as_bool().unwrap_or(false),
                })
            })
            .collect();
        rendered.insert("items".into(), items);
    }

    fn container(&mut self, container: &Value, path: &str, rendered: &mut Map<String, Value>) {
        let children = list(container, "components");
        if children.is_empty() {
            self.refuse(
                format!("{path}.components"),
                "BASE_TYPE_BAD_LENGTH",
                "Must be between 1 and 40 in length.",
            );
        }
        let allowed = [
            of::ROW,
            of::SECTION,
            of::TEXT,
            of::GALLERY,
            of::FILE,
            of::SEPARATOR,
        ];
        let children = self.children(children, &format!("{path}.components"), &allowed);
        rendered.insert("components".into(), children.into());
        rendered.insert("accent_color".into(), container["accent_color"].clone());
        let spoiler = container["spoiler"].as_bool().unwrap_or(false);
        rendered.insert("spoiler".into(), json!(spoiler));
    }

    /// A custom id is needed, 1 to 100 characters, and unique in the message.
    fn custom_id(&mut self, component: &Value, path: &str) {
        self.length(component, path, "custom_id", 1, 100);
        let Some(custom_id) = component["custom_id"].as_str() else {
            return;
        };
        if !self.custom_ids.insert(custom_id.to_owned()) {
            self.refuse(
                format!("{path}.custom_id"),
                "COMPONENT_CUSTOM_ID_DUPLICATED",
                "Component custom id cannot be duplicated",
            );
        }
    }

    fn length(&mut self, component: &Value, path: &str, key: &str, min: usize, max: usize) {
        let value = &component[key];
        let Some(text) = value.as_str() else {
            if min > 0 || !value.is_null() {
                self.refuse(
                    format!("{path}.{key}"),
                    "BASE_TYPE_REQUIRED",
                    "This field is required",
                );
            }
            return;
        };
        if !(min..=max).contains(&text.chars().count()) {
            let refused = ApiError::length(format!("{path}.{key}"), min, max);
            self.wrong.extend(refused.fields);
        }
    }
}

fn list<'a>(component: &'a Value, key: &str) -> &'a [Value] {
    component[key].as_array().map_or(&[], Vec::as_slice)
}

fn copy(component: &Value, rendered: &mut Map<String, Value>, keys: &[&str]) {
    for key in keys {
        if let Some(value) = component.get(*key).filter(|value| !value.is_null()) {
            rendered.insert((*key).to_owned(), value.clone());
        }
    }
}

fn media(kind: u64, component: &Value, rendered: &mut Map<String, Value>) {
    let key = if kind == of::FILE { "file" } else { "media" };
    rendered.insert(key.into(), unfurled(&component[key]));
    let spoiler = component["spoiler"].as_bool().unwrap_or(false);
    rendered.insert("spoiler".into(), json!(spoiler));
    if kind == of::FILE {
        rendered.insert("name".into(), Value::Null);
        rendered.insert("size".into(), Value::Null);
    } else {
        rendered.insert("description".into(), component["description"].clone());
    }
}

fn unfurled(media: &Value) -> Value {
    json!({
        "id": "1",
        "url": media["url"],
        "proxy_url": media["url"],
        "width": null,
        "height": null,
        "content_type": null,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn button(custom_id: &str) -> Value {
        json!({ "type": 2, "style": 1, "label": "Claim", "custom_id": custom_id })
    }

    #[test]
    fn components_get_ids_around_those_the_sender_chose() {
        let mut first = button("a");
        first["id"] = json!(2);
        let row = json!({ "type": 1, "components": [first, button("b")] });
        let rendered = check_components(&[row], false).unwrap();
        assert_eq!(rendered[0]["id"], 1);
        assert_eq!(rendered[0]["components"][0]["id"], 2);
        assert_eq!(rendered[0]["components"][1]["id"], 3);
    }

    #[test]
    fn a_custom_id_stands_once_in_a_message() {
        let row = json!({ "type": 1, "components": [button("a"), button("a")] });
        let error = check_components(&[row], false).unwrap_err();
        assert_eq!(error.fields[0].code, "COMPONENT_CUSTOM_ID_DUPLICATED");
        assert_eq!(error.fields[0].path, "components.0.components.1.custom_id");
    }

    #[test]
    fn new_components_need_the_flag_and_count_nested() {
        let text = json!({ "type": 10, "content": "hello" });
        assert!(check_components(std::slice::from_ref(&text), false).is_err());
        let full = json!({ "type": 17, "components": vec![text; 39] });
        assert!(check_components(std::slice::from_ref(&full), true).is_ok());
        let error = check_components(&[full, json!({ "type": 14 })], true).unwrap_err();
        assert_eq!(
            error.fields[0].code,
            "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED"
        );
    }
}
