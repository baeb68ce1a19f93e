//! Interactions that nobody would send, as far as the bot goes with them before it asks anybody.

use std::sync::LazyLock;

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};
use serenity::all::{CommandInteraction, Interaction, ResolvedOption, ResolvedValue};

use super::*;
use crate::config::{ConfigError, Document, EXAMPLE, PolicyKey, read_blocks};
use crate::discord::custom_id::tests::any_custom_id;
use crate::discord::samples;
use crate::domain::bent::{bent, bent_value, tried, usual};
use crate::domain::calendar::Calendar;
use crate::domain::{Timestamp, from_millis, holidays, when};
use crate::gateway::door::Lobby;

fn interaction(kind: u8, data: &Value) -> Value {
    let user = json!({"id": "5", "username": "u", "discriminator": "0", "global_name": null,
                      "avatar": null});
    json!({
        "id": "900", "application_id": "9", "token": "t", "version": 1, "locale": "en-US",
        "entitlements": [], "app_permissions": "0", "authorizing_integration_owners": {},
        "attachment_size_limit": 0, "type": kind, "data": data, "channel_id": "100",
        "guild_id": "1",
        "member": {"user": user, "roles": ["70"], "permissions": "0", "joined_at": null,
                   "deaf": false, "mute": false, "flags": 0},
        "message": {
            "id": "6", "channel_id": "100", "type": 0, "content": "", "author": user,
            "timestamp": "2026-11-23T09:00:00Z", "edited_timestamp": null, "tts": false,
            "mention_everyone": false, "mentions": [], "mention_roles": [],
            "attachments": [], "embeds": [], "pinned": false, "components": [], "flags": 0,
        },
    })
}

/// A text that somebody types, bent.
fn text(right: &[&str]) -> impl Strategy<Value = Value> + use<> {
    bent(right.iter().map(|&text| text.to_owned()).collect()).prop_map(Value::from)
}

/// An option that may be left out.
fn option(
    name: &'static str,
    kind: u8,
    value: impl Strategy<Value = Value> + 'static,
) -> BoxedStrategy<Option<Value>> {
    let given =
        value.prop_map(move |value| Some(json!({"name": name, "type": kind, "value": value})));
    prop_oneof![5 => given, 1 => Just(None)].boxed()
}

/// A command with its options; `sub` is its subcommand, if it has any.
fn command(
    name: &'static str,
    sub: Option<&'static str>,
    options: Vec<BoxedStrategy<Option<Value>>>,
) -> BoxedStrategy<Value> {
    let typed = options.prop_map(move |options| {
        let options: Vec<Value> = options.into_iter().flatten().collect();
        let options = match sub {
            Some(sub) => json!([{"name": sub, "type": 1, "options": options}]),
            None => json!(options),
        };
        let forum = json!({"id": "20", "name": "help", "type": 15, "permissions": "0"});
        let resolved = json!({"channels": {"20": forum}});
        let data = json!({"id": "1", "name": name, "type": 1, "options": options,
                          "resolved": resolved});
        interaction(2, &data)
    });
    typed.boxed()
}

fn commands() -> impl Strategy<Value = Value> {
    let number = || any::<i16>().prop_map(Value::from);
    let dates = [
        "tomorrow 15:00",
        "in 2 days",
        "2026-12-24, 31 Dec",
        "friday 16:30",
    ];
    let policies = ["same day", "critical"];
    let values = [
        "same day",
        "4h",
        "8h wall",
        "75%",
        "none",
        "<#20>, <@&70>",
        "support",
    ];
    let keys = [
        "attention.claim_lease",
        "guild.no_reply",
        "policy",
        "calendar.support.zone",
    ];
    let hours = ["09:00-12:30, 13:30-17:00", "closed", "18:00-24:00"];
    let zones = ["Europe/Berlin", "UTC"];
    prop_oneof![
        command("queue", None, vec![option("filter", 4, number())]),
        command(
            "promise",
            None,
            vec![
                option("until", 3, text(&dates)),
                option("note", 3, text(&["A fix"]))
            ],
        ),
        command(
            "settings",
            Some("set"),
            vec![
                option("key", 3, text(&keys)),
                option("to", 3, text(&values))
            ],
        ),
        command(
            "settings",
            Some("undo"),
            vec![option("version", 4, number())]
        ),
        command(
            "policy",
            Some("set"),
            vec![
                option("policy", 3, text(&policies)),
                option("what", 4, number()),
                option("to", 3, text(&values)),
            ],
        ),
        command(
            "policy",
            Some("add"),
            vec![
                option("name", 3, text(&["slow"])),
                option("calendar", 3, text(&["support"])),
                option("answer", 3, text(&values)),
                option(
                    "channel",
                    7,
                    any::<u64>().prop_map(|id| json!(id.to_string()))
                ),
                option("place", 4, number()),
            ],
        ),
        command(
            "hours",
            Some("set"),
            vec![
                option("days", 4, number()),
                option("hours", 3, text(&hours)),
                option("calendar", 3, text(&["support"])),
            ],
        ),
        command(
            "hours",
            Some("holiday"),
            vec![option("dates", 3, text(&dates))]
        ),
        command(
            "hours",
            Some("add"),
            vec![
                option("name", 3, text(&["late"])),
                option("zone", 3, text(&zones)),
                option("hours", 3, text(&hours)),
            ],
        ),
    ]
}

fn pressed() -> impl Strategy<Value = Value> {
    let ours = || any_custom_id().prop_map(|custom_id| custom_id.to_string());
    let custom_id = prop_oneof![
        ours(),
        ours().prop_flat_map(|custom_id| bent(vec![custom_id])),
    ];
    let chosen = text(&["mine", "at-risk", "bug", "17", "-1"]);
    (custom_id, vec(chosen, 0..3)).prop_map(|(custom_id, values)| {
        let data = if values.is_empty() {
            json!({"custom_id": custom_id, "component_type": 2})
        } else {
            json!({"custom_id": custom_id, "component_type": 3, "values": values})
        };
        interaction(3, &data)
    })
}

fn filled_in() -> impl Strategy<Value = Value> {
    const DATES: &str = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20261224\n\
        RRULE:FREQ=YEARLY\nEND:VEVENT\nEND:VCALENDAR";
    let field = proptest::sample::select(vec!["title", "body", "labels", "x"]);
    let row = (field, text(&[DATES, "support", "bug, help wanted"])).prop_map(|(field, value)| {
        json!({"type": 1, "components": [{"type": 4, "custom_id": field, "value": value}]})
    });
    (any_custom_id(), vec(row, 0..4)).prop_map(|(custom_id, rows)| {
        interaction(
            5,
            &json!({"custom_id": custom_id.to_string(), "components": rows}),
        )
    })
}

static SETTINGS: LazyLock<Document> = LazyLock::new(|| {
    let of_the_machine = ["database", "read_messages"];
    let lines = EXAMPLE
        .lines()
        .filter(|line| !of_the_machine.iter().any(|key| line.starts_with(key)));
    Document::read(&lines.collect::<Vec<_>>().join("\n")).unwrap()
});

/// What a change of the settings comes to before it is offered.
fn change(edit: impl FnOnce(&mut Document) -> Result<(), ConfigError>) {
    let mut document = SETTINGS.clone();
    if edit(&mut document).is_ok() {
        drop(SETTINGS.differences(&document));
        drop(Document::read(&document.text()).and_then(|document| document.check()));
    }
}

fn now() -> Timestamp {
    from_millis(1_795_435_200_000).unwrap()
}

/// The options themselves, out of their subcommand.
fn options_of<'a>(options: &'a [ResolvedOption<'a>]) -> &'a [ResolvedOption<'a>] {
    match options {
        [only] => match &only.value {
            ResolvedValue::SubCommand(inner) | ResolvedValue::SubCommandGroup(inner) => {
                options_of(inner)
            }
            _ => options,
        },
        _ => options,
    }
}

/// Reads what was typed as its command does.
fn take(command: &CommandInteraction) {
    let resolved = command.data.options();
    let options = options_of(&resolved);
    let text = |wanted: &str| {
        let given = options.iter().find(|option| option.name == wanted)?;
        match given.value {
            ResolvedValue::String(text) => Some(text),
            _ => None,
        }
    };
    let number = options.iter().find_map(|option| match option.value {
        ResolvedValue::Integer(number) => usize::try_from(number).ok(),
        _ => None,
    });
    for typed in [text("until"), text("dates")].into_iter().flatten() {
        for date in typed.split(',') {
            let zone = chrono_tz::Europe::Berlin;
            drop(when::read(date.trim(), &Calendar::always(zone), now()));
        }
    }
    if let (Some(key), Some(to)) = (text("key"), text("to")) {
        change(|settings| settings.set(key, to));
    }
    if let (Some(policy), Some(to)) = (text("policy"), text("to")) {
        let keys = [
            PolicyKey::Name,
            PolicyKey::Channels,
            PolicyKey::FirstResponse,
            PolicyKey::Warning,
        ];
        let key = keys[number.unwrap_or_default() % keys.len()];
        change(|settings| settings.set_policy(policy, key, to));
    }
    if let (Some(name), Some(answer)) = (text("name"), text("answer")) {
        change(|settings| {
            settings.add_policy(name, number)?;
            settings.set_policy(name.trim(), PolicyKey::FirstResponse, answer)
        });
    }
    if let Some(hours) = text("hours") {
        let calendar = text("calendar").unwrap_or("support");
        let monday = [chrono::Weekday::Mon];
        change(|settings| settings.set_hours(calendar, &monday, &read_blocks(hours)?));
        if let (Some(name), Some(zone)) = (text("name"), text("zone")) {
            change(|settings| settings.add_calendar(name, zone, Some(&read_blocks(hours)?)));
        }
    }
}

fn press(press: &ComponentInteraction) {
    let (kind, custom_id) = (&press.data.kind, press.data.custom_id.parse::<CustomId>());
    assert!(custom_id.is_err() || press.data.custom_id.starts_with("sameday1:"));
    let numbers: Option<Vec<i64>> = numbers(kind);
    let word = chosen(kind);
    let known = word
        .is_some_and(|word| Filter::from_word(word).is_some() || Cause::of_word(word).is_some());
    // What is a number is no word of ours.
    assert!(!known || numbers.is_none(), "{word:?}");
    assert!(answers_what(&press.message).is_none_or(|id| id > 0));
}

fn fill_in(form: &ModalInteraction) {
    let filled = filled(form);
    let written = [written(form, 0), written(form, 1)];
    let longest = filled.title.len() + filled.body.len() + filled.labels.len();
    assert!(form.data.components.is_empty() || longest < 1 << 20);
    for text in written.into_iter().flatten() {
        drop(holidays::read(&text));
    }
}

/// As serenity reads it, once the door has let it through.
fn heard(frame: &str) -> Option<Interaction> {
    let lobby = Lobby::default();
    lobby.interaction("s", frame);
    let let_through = lobby.next().now_or_never()?;
    Some(serde_json::from_str(&let_through).unwrap())
}

fn right() -> impl Strategy<Value = Value> {
    prop_oneof![commands(), pressed(), filled_in()]
}

fn frame(interaction: &Value) -> String {
    json!({"d": interaction}).to_string()
}

#[test]
fn a_bent_interaction_panics_nothing() {
    let bent = |it: Value| prop_oneof![1 => Just(it.clone()), 1 => bent_value(it)];
    let guilds = samples::guilds();
    let frames = right().prop_flat_map(bent).prop_map(|it| frame(&it));
    tried(frames, move |bent| match heard(bent) {
        Some(Interaction::Component(pressed)) => {
            let member = pressed.member.as_ref();
            let who = admit(&guilds, pressed.guild_id, pressed.user.id, member);
            assert!(who.is_err() || pressed.guild_id.is_some());
            press(&pressed);
        }
        Some(Interaction::Command(typed) | Interaction::Autocomplete(typed)) => {
            let member = typed.member.as_deref();
            drop(admit(&guilds, typed.guild_id, typed.user.id, member));
            take(&typed);
        }
        Some(Interaction::Modal(form)) => fill_in(&form),
        _ => {}
    });
}

proptest! {
    #![proptest_config(usual())]

    /// So that the test above is about more than refusals.
    #[test]
    fn odd_words_in_the_right_places_are_heard(right in right()) {
        prop_assert!(heard(&frame(&right)).is_some());
    }
}
