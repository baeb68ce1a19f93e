//! Errors of a schema in words.

use std::fmt::Write as _;

use jsonschema::{ValidationError, error::ValidationErrorKind};
use serde_json::Value;

use crate::Problem;

/// An error in words, with unions opened: of the alternatives the one that came furthest is what
/// the writer meant.
pub(crate) fn explain(error: &ValidationError<'_>) -> Vec<Problem> {
    match error.kind() {
        ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } => {
            let fits = |branch: &Vec<ValidationError<'_>>| {
                !branch.is_empty() && branch.iter().all(|inner| explain(inner).is_empty())
            };
            if context.iter().any(fits) {
                return Vec::new();
            }
            let closest = context
                .iter()
                .filter(|branch| !branch.is_empty())
                .max_by_key(|branch| {
                    let wrong_kind = branch.iter().any(|inner| {
                        let here = inner.instance_path().as_str().len();
                        here <= error.instance_path().as_str().len() + "/type".len()
                            && matches!(
                                inner.kind(),
                                ValidationErrorKind::Constant { .. }
                                    | ValidationErrorKind::Enum { .. }
                                    | ValidationErrorKind::Type { .. }
                            )
                    });
                    let depth = branch
                        .iter()
                        .map(|e| e.instance_path().as_str().len())
                        .max();
                    (!wrong_kind, depth, std::cmp::Reverse(branch.len()))
                });
            match closest {
                Some(branch) => branch.iter().flat_map(explain).collect(),
                None => vec![plain(error)],
            }
        }
        // Our copy of the specification closes the objects of requests, to find misspelt keys.
        // Discord itself passes over a key it does not know, and serenity, discord.js and
        // discord.py all send some with values that say nothing.
        ValidationErrorKind::AdditionalProperties { unexpected }
            if unexpected
                .iter()
                .all(|key| error.instance().get(key).is_some_and(says_nothing)) =>
        {
            Vec::new()
        }
        _ => vec![plain(error)],
    }
}

/// null, false, an empty list or object.
fn says_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    }
}

fn plain(error: &ValidationError<'_>) -> Problem {
    let mut message = error.masked_with("the value").to_string();
    let mut value = error.instance().to_string();
    if value.len() > 80 {
        value = value.chars().take(80).collect::<String>() + "…";
    }
    // Writing to a String cannot fail.
    if write!(message, " (found {value})").is_err() {
        message.push_str(" (found something else)");
    }
    Problem::new(error.instance_path().as_str(), &message)
}
