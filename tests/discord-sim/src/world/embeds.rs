//! Embeds: their limits, and what becomes of them.
//!
//! Source of the limits: <https://discord.com/developers/docs/resources/message#embed-object-embed-limits>.

use serde_json::{Value, json};

use super::{ApiError, FieldError, Outcome};
use crate::world::render::put;

/// Characters of title, description, fields, footer and author, over all embeds of a message.
const MOST_CHARACTERS: usize = 6000;

/// Checks embeds and renders them as Discord gives them back.
pub(super) fn check_embeds(embeds: &[Value]) -> Outcome<Vec<Value>> {
    let mut wrong = Vec::new();
    if embeds.len() > 10 {
        wrong.push(too_many("embeds".into(), 10));
    }
    let mut characters = 0;
    for (index, embed) in embeds.iter().enumerate() {
        let at = |path: &str| format!("embeds.{index}.{path}");
        let mut text = |value: &Value, path: String, most: usize, required: bool| {
            let length = value.as_str().map_or(0, |text| text.trim().chars().count());
            characters += length;
            if length > most {
                wrong.push(too_long(path, most));
            } else if required && length == 0 {
                wrong.push(FieldError {
                    path,
                    code: "BASE_TYPE_REQUIRED",
                    message: "This field is required".into(),
                });
            }
        };
        text(&embed["title"], at("title"), 256, false);
        text(&embed["description"], at("description"), 4096, false);
        let footer = &embed["footer"];
        text(&footer["text"], at("footer.text"), 2048, footer.is_object());
        let author = &embed["author"];
        text(&author["name"], at("author.name"), 256, author.is_object());
        let fields = embed["fields"].as_array().map_or(&[][..], Vec::as_slice);
        for (number, field) in fields.iter().enumerate() {
            text(
                &field["name"],
                at(&format!("fields.{number}.name")),
                256,
                true,
            );
            text(
                &field["value"],
                at(&format!("fields.{number}.value")),
                1024,
                true,
            );
        }
        if fields.len() > 25 {
            wrong.push(too_many(at("fields"), 25));
        }
    }
    if characters > MOST_CHARACTERS {
        wrong.push(FieldError {
            path: "embeds".into(),
            code: "MAX_EMBED_SIZE_EXCEEDED",
            message: "Embed size exceeds maximum size of 6000".into(),
        });
    }
    if wrong.is_empty() {
        Ok(embeds.iter().map(render_embed).collect())
    } else {
        Err(ApiError::form(wrong))
    }
}

fn render_embed(embed: &Value) -> Value {
    let mut rendered = json!({ "type": "rich" });
    for key in [
        "url",
        "title",
        "description",
        "color",
        "timestamp",
        "author",
        "footer",
    ] {
        if let Some(value) = embed.get(key).filter(|value| !value.is_null()) {
            put(&mut rendered, key, value.clone());
        }
    }
    for key in ["image", "thumbnail"] {
        if let Some(url) = embed.get(key).and_then(|image| image["url"].as_str()) {
            let image = json!({ "url": url, "proxy_url": url, "width": 0, "height": 0 });
            put(&mut rendered, key, image);
        }
    }
    if let Some(fields) = embed["fields"].as_array() {
        let fields = fields.iter().map(|field| {
            json!({
                "name": field["name"],
                "value": field["value"],
                "inline": field["inline"].as_bool().unwrap_or(false),
            })
        });
        put(&mut rendered, "fields", fields.collect());
    }
    rendered
}

fn too_long(path: String, most: usize) -> FieldError {
    FieldError {
        path,
        code: "BASE_TYPE_BAD_LENGTH",
        message: format!("Must be {most} or fewer in length."),
    }
}

fn too_many(path: String, most: usize) -> FieldError {
    FieldError {
        path,
        code: "BASE_TYPE_MAX_LENGTH",
        message: format!("Must be {most} or fewer in length."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_counted_over_all_embeds() {
        let embed = json!({ "description": "ü".repeat(3001) });
        assert!(check_embeds(std::slice::from_ref(&embed)).is_ok());
        let error = check_embeds(&[embed.clone(), embed]).unwrap_err();
        assert_eq!(error.fields[0].code, "MAX_EMBED_SIZE_EXCEEDED");
    }

    #[test]
    fn each_part_has_its_own_limit_in_code_points() {
        let fits = json!({ "title": "🙂".repeat(256) });
        assert!(check_embeds(&[fits]).is_ok());
        let error =
            check_embeds(&[json!({ "fields": [{ "name": "a", "value": "" }] })]).unwrap_err();
        assert_eq!(error.fields[0].path, "embeds.0.fields.0.value");
    }
}
