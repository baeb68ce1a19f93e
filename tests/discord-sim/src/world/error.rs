//! How Discord says no.

use serde_json::{Map, Value, json};

/// An answer of Discord's that is not a success: status, code, message and, for a refused form,
/// what is wrong with which field.
///
/// Codes: <https://discord.com/developers/docs/topics/opcodes-and-status-codes#json>.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{status} {code}: {message}")]
pub struct ApiError {
    pub status: u16,
    pub code: u32,
    pub message: String,
    pub fields: Vec<FieldError>,
}

/// What is wrong with one field of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// Where: keys and indices joined by dots, such as `embeds.0.title`. Empty: the form itself.
    pub path: String,
    /// Discord's name of the problem, such as `BASE_TYPE_BAD_LENGTH`.
    pub code: &'static str,
    pub message: String,
}

impl ApiError {
    pub fn new(status: u16, code: u32, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            fields: Vec::new(),
        }
    }

    /// 50035: one field is wrong.
    pub fn field(path: impl Into<String>, code: &'static str, message: impl Into<String>) -> Self {
        Self::form(vec![FieldError {
            path: path.into(),
            code,
            message: message.into(),
        }])
    }

    /// 50035: these fields are wrong.
    pub fn form(fields: Vec<FieldError>) -> Self {
        Self {
            fields,
            ..Self::new(400, 50035, "Invalid Form Body")
        }
    }

    /// 50035: the text is too short or too long.
    pub fn length(path: impl Into<String>, min: usize, max: usize) -> Self {
        let message = if min > 0 {
            format!("Must be between {min} and {max} in length.")
        } else {
            format!("Must be {max} or fewer in length.")
        };
        Self::field(path, "BASE_TYPE_BAD_LENGTH", message)
    }

    /// 50035: a required field is missing.
    pub fn required(path: impl Into<String>) -> Self {
        Self::field(path, "BASE_TYPE_REQUIRED", "This field is required")
    }

    /// 50035: the value is none of those allowed.
    pub fn choice(path: impl Into<String>, allowed: &str) -> Self {
        Self::field(
            path,
            "BASE_TYPE_CHOICES",
            format!("Value must be one of {{{allowed}}}."),
        )
    }

    pub fn unauthorized() -> Self {
        Self::new(401, 0, "401: Unauthorized")
    }

    pub fn unknown_route() -> Self {
        Self::new(404, 0, "404: Not Found")
    }

    pub fn unknown_application() -> Self {
        Self::new(404, 10002, "Unknown Application")
    }

    pub fn unknown_channel() -> Self {
        Self::new(404, 10003, "Unknown Channel")
    }

    pub fn unknown_guild() -> Self {
        Self::new(404, 10004, "Unknown Guild")
    }

    pub fn unknown_member() -> Self {
        Self::new(404, 10007, "Unknown Member")
    }

    pub fn unknown_message() -> Self {
        Self::new(404, 10008, "Unknown Message")
    }

    pub fn unknown_role() -> Self {
        Self::new(404, 10011, "Unknown Role")
    }

    pub fn unknown_user() -> Self {
        Self::new(404, 10013, "Unknown User")
    }

    pub fn unknown_emoji() -> Self {
        Self::new(400, 10014, "Unknown Emoji")
    }

    pub fn unknown_command() -> Self {
        Self::new(404, 10063, "Unknown application command")
    }

    pub fn missing_access() -> Self {
        Self::new(403, 50001, "Missing Access")
    }

    pub fn missing_permissions() -> Self {
        Self::new(403, 50013, "Missing Permissions")
    }

    pub fn empty_message() -> Self {
        Self::new(400, 50006, "Cannot send an empty message")
    }

    pub fn thread_archived() -> Self {
        Self::new(400, 50083, "Thread is archived")
    }

    pub fn thread_locked() -> Self {
        Self::new(403, 160_005, "Thread is locked")
    }

    /// The body as Discord sends it: `{code, message, errors?}`.
    pub fn body(&self) -> Value {
        let mut body = json!({ "message": self.message, "code": self.code });
        if !self.fields.is_empty() {
            let mut tree = Value::Object(Map::new());
            for field in &self.fields {
                insert_field(&mut tree, field);
            }
            if let Value::Object(body) = &mut body {
                body.insert("errors".into(), tree);
            }
        }
        body
    }
}

/// Hangs one field's problem into the tree of problems, `a.0.b` under `{"a":{"0":{"b":…}}}`.
fn insert_field(tree: &mut Value, field: &FieldError) {
    let mut node = tree;
    for key in field.path.split('.').filter(|key| !key.is_empty()) {
        let Value::Object(map) = node else { return };
        node = map.entry(key).or_insert_with(|| Value::Object(Map::new()));
    }
    if let Value::Object(map) = node
        && let Value::Array(errors) = map
            .entry("_errors")
            .or_insert_with(|| Value::Array(Vec::new()))
    {
        errors.push(json!({ "code": field.code, "message": field.message }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_field_stands_at_its_place_in_the_tree() {
        let error = ApiError::length("embeds.0.title", 0, 256);
        assert_eq!(
            error.body(),
            json!({"code": 50035, "message": "Invalid Form Body", "errors": {"embeds": {"0": {"title":
                {"_errors": [{"code": "BASE_TYPE_BAD_LENGTH", "message": "Must be 256 or fewer in length."}]}}}}})
        );
    }
}
