//! What Discord refuses although its published schema would let it pass.
//!
//! Source: Discord's documentation (message limits, components, application commands); each rule
//! names the page. Limits that the schema has are not repeated here.

use serde_json::Value;

/// Characters in a message. The schema of `POST …/messages` says 4000, which is true only for
/// people who pay; a bot has 2000 (resources/message).
const CONTENT: usize = 2000;
/// Characters in all embeds of a message together (resources/message, embed limits).
const EMBEDS_TOTAL: usize = 6000;
/// Action rows of a message without Components V2 (components/reference).
const ROWS: usize = 5;
/// Components of a V2 message, nested ones counted (components/reference).
const COMPONENTS_V2: usize = 40;
/// Components at the top of a modal (components/reference).
const MODAL_COMPONENTS: usize = 5;
/// Choices of an autocomplete answer (interactions/receiving-and-responding).
const CHOICES: usize = 25;
/// `IS_COMPONENTS_V2` (resources/message, message flags).
const FLAG_V2: u64 = 1 << 15;

/// A broken rule: where in the body, and what is wrong.
pub type Broken = (String, String);

/// The rules that the body of a request breaks. `route` is a template of the specification,
/// such as `/channels/{channel_id}/messages`.
pub fn broken(method: &str, route: &str, body: &Value) -> Vec<Broken> {
    let mut found = Vec::new();
    match (method, route) {
        ("POST", "/channels/{channel_id}/messages" | "/webhooks/{webhook_id}/{webhook_token}") => {
            message(body, "", true, &mut found);
        }
        (
            "PATCH",
            "/channels/{channel_id}/messages/{message_id}"
            | "/webhooks/{webhook_id}/{webhook_token}/messages/@original"
            | "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}",
        ) => message(body, "", false, &mut found),
        ("POST", "/channels/{channel_id}/threads") => {
            if let Some(first) = body.get("message") {
                message(first, "/message", true, &mut found);
            }
        }
        ("POST", "/interactions/{interaction_id}/{interaction_token}/callback") => {
            callback(body, &mut found);
        }
        (
            "PUT",
            "/applications/{application_id}/commands"
            | "/applications/{application_id}/guilds/{guild_id}/commands",
        ) => commands(body, &mut found),
        (
            "POST",
            "/applications/{application_id}/commands"
            | "/applications/{application_id}/guilds/{guild_id}/commands",
        ) => command(body, "", &mut found),
        _ => {}
    }
    found
}

/// The rules for the answer to an interaction.
fn callback(body: &Value, found: &mut Vec<Broken>) {
    let data = body.get("data").unwrap_or(&Value::Null);
    match body.get("type").and_then(Value::as_u64) {
        Some(4) => message(data, "/data", true, found),
        Some(7) => message(data, "/data", false, found),
        Some(8) if list(data, "choices").len() > CHOICES => {
            found.push(("/data/choices".into(), format!("at most {CHOICES} choices")));
        }
        Some(9) => {
            let count = list(data, "components").len();
            if !(1..=MODAL_COMPONENTS).contains(&count) {
                found.push((
                    "/data/components".into(),
                    format!("a modal has 1 to {MODAL_COMPONENTS} components, not {count}"),
                ));
            }
        }
        _ => {}
    }
}

/// The rules for a message's body. `new` is false for an edit, which may leave everything out.
pub fn message(body: &Value, at: &str, new: bool, found: &mut Vec<Broken>) {
    let content = body.get("content").and_then(Value::as_str).unwrap_or("");
    if content.chars().count() > CONTENT {
        found.push((
            format!("{at}/content"),
            format!("longer than {CONTENT} characters"),
        ));
    }
    let embeds = list(body, "embeds");
    let total: usize = embeds.iter().map(embed_length).sum();
    if total > EMBEDS_TOTAL {
        found.push((
            format!("{at}/embeds"),
            format!("{total} characters in all embeds, at most {EMBEDS_TOTAL}"),
        ));
    }
    let components = list(body, "components");
    let v2 = body.get("flags").and_then(Value::as_u64).unwrap_or(0) & FLAG_V2 != 0;
    if v2 {
        let has = |key| body.get(key).is_some_and(|value: &Value| !is_empty(value));
        for key in ["content", "embeds", "poll", "sticker_ids"] {
            if has(key) {
                found.push((
                    format!("{at}/{key}"),
                    "not allowed with IS_COMPONENTS_V2".into(),
                ));
            }
        }
        let count: usize = components.iter().map(count_components).sum();
        if count > COMPONENTS_V2 {
            found.push((
                format!("{at}/components"),
                format!("{count} components, at most {COMPONENTS_V2}"),
            ));
        }
    } else {
        if components.len() > ROWS {
            found.push((
                format!("{at}/components"),
                format!("{} action rows, at most {ROWS}", components.len()),
            ));
        }
        for (index, row) in components.iter().enumerate() {
            // On an edit the flag may already be on the message.
            if new && kind(row) != Some(1) {
                found.push((
                    format!("{at}/components/{index}"),
                    "only action rows without IS_COMPONENTS_V2".into(),
                ));
            }
        }
    }
    rows(components, &format!("{at}/components"), found);
    custom_ids(components, &format!("{at}/components"), found);
    allowed_mentions(body, at, found);
    let filled = [
        "content",
        "embeds",
        "components",
        "sticker_ids",
        "poll",
        "attachments",
        "files",
        "message_reference",
        "shared_client_theme",
    ];
    let forward = body
        .pointer("/message_reference/type")
        .and_then(Value::as_u64)
        == Some(1);
    let nothing = filled
        .iter()
        .filter(|key| **key != "message_reference" || forward)
        .all(|key| body.get(key).is_none_or(is_empty));
    if new && nothing {
        found.push((at.to_owned(), "an empty message (50006)".into()));
    }
}

fn rows(components: &[Value], at: &str, found: &mut Vec<Broken>) {
    for (index, component) in components.iter().enumerate() {
        let at = format!("{at}/{index}");
        let inner = list(component, "components");
        if kind(component) == Some(1) {
            let buttons = inner.iter().filter(|c| kind(c) == Some(2)).count();
            let one_select = buttons == 0 && inner.len() == 1;
            let only_buttons = buttons == inner.len() && (1..=5).contains(&buttons);
            if !one_select && !only_buttons {
                found.push((at, "a row holds 1 to 5 buttons or one select".into()));
            }
        } else {
            rows(inner, &format!("{at}/components"), found);
        }
    }
}

fn custom_ids(components: &[Value], at: &str, found: &mut Vec<Broken>) {
    let mut seen = std::collections::HashSet::new();
    walk(components, &mut |component| {
        if let Some(id) = component.get("custom_id").and_then(Value::as_str)
            && !seen.insert(id.to_owned())
        {
            found.push((at.to_owned(), format!("custom_id {id:?} occurs twice")));
        }
    });
}

fn allowed_mentions(body: &Value, at: &str, found: &mut Vec<Broken>) {
    let Some(allowed) = body.get("allowed_mentions") else {
        return;
    };
    for kind in ["users", "roles"] {
        let parsed = list(allowed, "parse").iter().any(|p| p == kind);
        if parsed && !list(allowed, kind).is_empty() {
            found.push((
                format!("{at}/allowed_mentions"),
                format!("{kind} is in `parse` and also listed: they exclude each other"),
            ));
        }
    }
}

fn commands(body: &Value, found: &mut Vec<Broken>) {
    let mut seen = std::collections::HashSet::new();
    for (index, entry) in body.as_array().into_iter().flatten().enumerate() {
        command(entry, &format!("/{index}"), found);
        let name = entry.get("name").and_then(Value::as_str).unwrap_or("");
        if !seen.insert((kind(entry).unwrap_or(1), name.to_owned())) {
            found.push((format!("/{index}/name"), format!("{name:?} occurs twice")));
        }
    }
}

fn command(body: &Value, at: &str, found: &mut Vec<Broken>) {
    if kind(body).unwrap_or(1) == 1 {
        name_and_description(body, at, found);
        options(list(body, "options"), &format!("{at}/options"), found);
    }
}

fn options(options: &[Value], at: &str, found: &mut Vec<Broken>) {
    let mut optional_seen = false;
    for (index, option) in options.iter().enumerate() {
        let at = format!("{at}/{index}");
        name_and_description(option, &at, found);
        let required = option
            .get("required")
            .and_then(Value::as_bool)
            .unwrap_or(false);
        if required && optional_seen {
            found.push((at.clone(), "a required option after an optional one".into()));
        }
        let nested = matches!(kind(option), Some(1 | 2));
        optional_seen |= !required && !nested;
        self::options(list(option, "options"), &format!("{at}/options"), found);
    }
}

fn name_and_description(entry: &Value, at: &str, found: &mut Vec<Broken>) {
    let name = entry.get("name").and_then(Value::as_str).unwrap_or("");
    let letters = name
        .chars()
        .all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '\''));
    if !letters || name.to_lowercase() != name || !(1..=32).contains(&name.chars().count()) {
        found.push((
            format!("{at}/name"),
            format!("{name:?}: 1 to 32 lower-case letters, digits, - or _"),
        ));
    }
    let description = entry
        .get("description")
        .and_then(Value::as_str)
        .unwrap_or("");
    if !(1..=100).contains(&description.chars().count()) {
        found.push((format!("{at}/description"), "1 to 100 characters".into()));
    }
}

fn embed_length(embed: &Value) -> usize {
    let text = |pointer: &str| {
        let text = embed.pointer(pointer).and_then(Value::as_str).unwrap_or("");
        text.trim().chars().count()
    };
    let fields: usize = list(embed, "fields")
        .iter()
        .flat_map(|field| [field.get("name"), field.get("value")])
        .filter_map(|text| Some(text?.as_str()?.trim().chars().count()))
        .sum();
    text("/title") + text("/description") + text("/footer/text") + text("/author/name") + fields
}

fn count_components(component: &Value) -> usize {
    let accessory = usize::from(component.get("accessory").is_some());
    let inner: usize = list(component, "components")
        .iter()
        .map(count_components)
        .sum();
    1 + accessory + inner
}

/// Calls `visit` for each component, nested ones and accessories included.
pub fn walk<'a>(components: &'a [Value], visit: &mut dyn FnMut(&'a Value)) {
    for component in components {
        visit(component);
        walk(list(component, "components"), visit);
        for key in ["accessory", "component"] {
            if let Some(inner) = component.get(key) {
                walk(std::slice::from_ref(inner), visit);
            }
        }
    }
}

fn kind(component: &Value) -> Option<u64> {
    component.get("type").and_then(Value::as_u64)
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

/// The list at `key`, or none.
pub fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value
        .get(key)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}
