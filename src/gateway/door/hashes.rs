//! Hashes of images, before serenity reads them.
//!
//! serenity 0.12 takes the hash of an avatar, an icon or a banner apart two bytes at a time, without
//! looking whether a character ends there, and panics in the task that holds its session: one such
//! frame, and nobody is answered until serenity has started again. Discord sends hexadecimal digits.
//! What is no such thing is therefore taken out here: nobody goes without an answer for a picture
//! that nobody shows.
//!
//! Not a `catch_unwind` around the lobby's own reading: whoever has such a hash would get no answer, and
//! a panic leaves its mark in the log each time.

use serde_json::Value;

/// Where serenity expects a hash, in whatever it reads.
const FIELDS: [&str; 10] = [
    "asset",
    "avatar",
    "badge",
    "banner",
    "cover_image",
    "discovery_splash",
    "icon",
    "icon_hash",
    "image",
    "splash",
];

/// Whether anything but ASCII can be in the strings of this JSON. Most interactions end here.
pub(super) fn may_be_odd(json: &str) -> bool {
    !json.is_ascii() || json.contains("\\u")
}

/// Takes out what is no hash. How many there were.
pub(super) fn take_out_odd(value: &mut Value) -> usize {
    match value {
        Value::Object(fields) => fields
            .iter_mut()
            .map(|(name, inner)| {
                let odd = inner.as_str().is_some_and(|text| !text.is_ascii());
                if odd && FIELDS.contains(&name.as_str()) {
                    *inner = Value::Null;
                    1
                } else {
                    take_out_odd(inner)
                }
            })
            .sum(),
        Value::Array(list) => list.iter_mut().map(take_out_odd).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_hashes_that_are_none_are_taken_out() {
        let odd = "aé".repeat(10) + "aa";
        assert_eq!(odd.len(), 32);
        let right = json!({"name": "Zoë", "avatar": "0".repeat(32), "list": [{"icon": null}]});
        let mut same = right.clone();
        assert_eq!(take_out_odd(&mut same), 0);
        assert_eq!(same, right);
        let mut bent = json!({"content": odd, "avatar": odd, "list": [{"icon": odd}, odd]});
        assert_eq!(take_out_odd(&mut bent), 2);
        let mended = json!({"content": odd, "avatar": null, "list": [{"icon": null}, odd]});
        assert_eq!(bent, mended);
    }

    /// Should serenity read them with care one day, this module can go.
    #[test]
    fn serenity_still_panics_over_them() {
        let odd = format!("a{}a", "é".repeat(15));
        let read = std::panic::catch_unwind(|| odd.parse::<serenity::model::misc::ImageHash>());
        assert!(read.is_err());
    }
}
