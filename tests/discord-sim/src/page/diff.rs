//! What is on a browser's screen already, so that only the rest is sent.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use super::protocol::Frame;

#[derive(Debug, Default)]
pub(super) struct Sent {
    parts: HashMap<&'static str, Value>,
    rows: HashMap<&'static str, Rows>,
}

#[derive(Debug, Default)]
struct Rows {
    /// What the rows belong to: a channel, a guild.
    of: Option<u64>,
    by_id: BTreeMap<String, Value>,
}

impl Sent {
    /// The part as it is now, unless it is on screen.
    pub(super) fn part(&mut self, name: &'static str, value: Value) -> Option<Frame> {
        if self.parts.get(name) == Some(&value) {
            return None;
        }
        self.parts.insert(name, value.clone());
        Some(Frame::Part { name, value })
    }

    /// The difference between the rows on screen and those there are now. Each has an `id`.
    pub(super) fn rows(
        &mut self,
        name: &'static str,
        of: Option<u64>,
        rows: Vec<Value>,
    ) -> Option<Frame> {
        let known = self.rows.get(name);
        let fresh = known.is_none_or(|known| known.of != of);
        let now: BTreeMap<String, Value> = rows
            .into_iter()
            .map(|row| {
                (
                    row.get("id")
                        .and_then(Value::as_str)
                        .unwrap_or_default()
                        .to_owned(),
                    row,
                )
            })
            .collect();
        let before = known.filter(|_| !fresh).map(|known| &known.by_id);
        let is_known =
            |id: &String, row: &Value| before.is_some_and(|before| before.get(id) == Some(row));
        let put: Vec<Value> = now
            .iter()
            .filter(|(id, row)| !is_known(id, row))
            .map(|(_, row)| row.clone())
            .collect();
        let gone: Vec<String> = before
            .into_iter()
            .flat_map(BTreeMap::keys)
            .filter(|id| !now.contains_key(*id))
            .cloned()
            .collect();
        self.rows.insert(name, Rows { of, by_id: now });
        (fresh || !put.is_empty() || !gone.is_empty()).then_some(Frame::Rows {
            name,
            fresh,
            put,
            gone,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row(id: &str, text: &str) -> Value {
        json!({ "id": id, "text": text })
    }

    #[test]
    fn only_what_is_not_on_screen_is_sent() {
        let mut sent = Sent::default();
        assert!(sent.part("clock", json!(1)).is_some());
        assert!(sent.part("clock", json!(1)).is_none());

        let first = sent.rows("messages", Some(7), vec![row("1", "a"), row("2", "b")]);
        assert!(matches!(first, Some(Frame::Rows { fresh: true, put, .. }) if put.len() == 2));
        let next = sent.rows("messages", Some(7), vec![row("2", "B"), row("3", "c")]);
        let Some(Frame::Rows {
            fresh: false,
            put,
            gone,
            ..
        }) = next
        else {
            panic!("{next:?}");
        };
        assert_eq!(put, [row("2", "B"), row("3", "c")]);
        assert_eq!(gone, ["1"]);
        assert!(
            sent.rows("messages", Some(7), vec![row("2", "B"), row("3", "c")])
                .is_none()
        );
    }

    #[test]
    fn another_place_starts_anew_even_when_it_is_empty() {
        let mut sent = Sent::default();
        drop(sent.rows("messages", Some(7), vec![row("1", "a")]));
        let other = sent.rows("messages", Some(8), vec![]);
        assert!(
            matches!(other, Some(Frame::Rows { fresh: true, put, gone, .. })
            if put.is_empty() && gone.is_empty())
        );
    }
}
