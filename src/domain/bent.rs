//! Texts that were right until somebody bent them, for the tests of whatever reads texts from
//! outside: cut, doubled, torn, with other words in between.
//!
//! ```text
//! cargo test: chance ──> strategy ──────────────────────────> input ──> check
//!                           └──some──> .ci/fuzz: libFuzzer ──> input ──> check
//!                                                   └── what code it reached
//! ```
//!
//! `PROPTEST_CASES=1000000` makes the tests that use it long. What breaks one is printed (by proptest in
//! its smallest form, by libFuzzer in a file) and becomes a test of its own.

use std::fmt::Debug;
use std::time::{Duration, Instant};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

/// Nothing is written beside the sources when a test fails.
pub(crate) fn usual() -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// Only what hangs takes so long over one value, whatever else the machine does.
const HANGS: Duration = Duration::from_secs(10);

/// Does `check` with ever other texts. It must end soon, and not panic.
pub(crate) fn tried(texts: impl Strategy<Value = String>, check: impl Fn(&str) + 'static) {
    tried_bytes(texts, move |bytes| {
        if let Ok(text) = str::from_utf8(bytes) {
            check(text);
        }
    });
}

/// The same for what need not be text.
#[cfg(not(fuzzing))]
pub(crate) fn tried_bytes<T>(inputs: impl Strategy<Value = T>, check: impl Fn(&[u8]) + 'static)
where
    T: AsRef<[u8]> + Debug,
{
    let outcome = TestRunner::new(usual()).run(&inputs, |input| {
        in_time(|| check(input.as_ref()));
        Ok(())
    });
    outcome.unwrap_or_else(|failed| panic!("{failed}"));
}

/// The same, by libFuzzer.
#[cfg(fuzzing)]
pub(crate) fn tried_bytes<T>(inputs: impl Strategy<Value = T>, check: impl Fn(&[u8]) + 'static)
where
    T: AsRef<[u8]> + Debug,
{
    guided::run(drawn(&inputs, 300), move |bytes| in_time(|| check(bytes)))
}

/// Some values, the same each time.
pub(crate) fn drawn<S: Strategy>(values: &S, count: usize) -> impl Iterator<Item = S::Value> {
    let mut chance = TestRunner::deterministic();
    (0..count).map(move |_| values.new_tree(&mut chance).unwrap().current())
}

fn in_time(work: impl FnOnce()) {
    let begun = Instant::now();
    work();
    let took = begun.elapsed();
    assert!(took < HANGS, "it took {took:?}");
}

/// What finds the places where a text is read carelessly.
const ODD: [&str; 24] = [
    "",
    "\0",
    "\n",
    "\"",
    "\\",
    "\\u0000",
    "\\ud800",
    "'''",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "=",
    "null",
    "true",
    "-1",
    "0",
    "1e999",
    "9223372036854775808",
    "18446744073709551616",
    "\u{202e}",
    "\u{10ffff}é",
];

/// One change; places count from the start of what is there by then.
#[derive(Clone, Debug)]
enum Bend {
    End(Index),
    Drop(Index, Index),
    Double(Index, Index),
    Put(Index, String),
    Replace(Index, Index, String),
}

fn bend() -> impl Strategy<Value = Bend> {
    let place = any::<Index>;
    let word = || {
        prop_oneof![
            4 => proptest::sample::select(&ODD[..]).prop_map(str::to_owned),
            1 => any::<i64>().prop_map(|number| number.to_string()),
            1 => any::<String>(),
        ]
    };
    prop_oneof![
        1 => place().prop_map(Bend::End),
        3 => (place(), place()).prop_map(|(from, to)| Bend::Drop(from, to)),
        3 => (place(), place()).prop_map(|(from, to)| Bend::Double(from, to)),
        4 => (place(), word()).prop_map(|(at, word)| Bend::Put(at, word)),
        4 => (place(), place(), word()).prop_map(|(from, to, word)| Bend::Replace(from, to, word)),
    ]
}

impl Bend {
    fn apply(&self, text: &mut Vec<char>) {
        let length = text.len();
        let at = |place: &Index| place.index(length + 1);
        // Most of what is torn is short: a text without its middle is soon no text at all.
        let range = |from: &Index, to: &Index| {
            let from = at(from);
            from..(from + to.index(12)).min(length)
        };
        match self {
            Self::End(place) => text.truncate(at(place)),
            Self::Drop(from, to) => drop(text.drain(range(from, to))),
            Self::Double(from, to) => {
                let twice = text[range(from, to)].to_vec();
                let place = at(from);
                text.splice(place..place, twice);
            }
            Self::Put(place, word) => {
                let place = at(place);
                text.splice(place..place, word.chars());
            }
            Self::Replace(from, to, word) => {
                text.splice(range(from, to), word.chars());
            }
        }
    }
}

/// One of these texts, bent a few times.
pub(crate) fn bent(right: Vec<String>) -> impl Strategy<Value = String> {
    (proptest::sample::select(right), vec(bend(), 0..5)).prop_map(|(right, bends)| {
        let mut text: Vec<char> = right.chars().collect();
        for bend in bends {
            bend.apply(&mut text);
        }
        text.into_iter().collect()
    })
}

/// A JSON value with anything anywhere in it.
pub(crate) fn bent_value(right: Value) -> impl Strategy<Value = Value> {
    let mut places = Vec::new();
    pointers(&right, "", &mut places);
    let bend = (proptest::sample::select(places), any_json());
    vec(bend, 1..3).prop_map(move |bends| {
        let mut value = right.clone();
        for (place, odd) in bends {
            if let Some(bent) = value.pointer_mut(&place) {
                *bent = odd;
            }
        }
        value
    })
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        Just(json!("0")),
        Just(json!("18446744073709551616")),
        any::<u64>().prop_map(|id| json!(id.to_string())),
        ".*".prop_map(Value::from),
        // As long as the hash of an image, and none.
        proptest::sample::select(&[30, 32, 34][..])
            .prop_map(|bytes| { json!(format!("a{}a", "é".repeat((bytes - 2) / 2))) }),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::hash_map("[a-z_]{1,12}", inner, 0..4).prop_map(|map| json!(map)),
        ]
    })
}

/// Every place inside a value, as a JSON pointer.
fn pointers(value: &Value, at: &str, all: &mut Vec<String>) {
    all.push(at.to_owned());
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                pointers(inner, &format!("{at}/{key}"), all);
            }
        }
        Value::Array(list) => {
            for (index, inner) in list.iter().enumerate() {
                pointers(inner, &format!("{at}/{index}"), all);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
