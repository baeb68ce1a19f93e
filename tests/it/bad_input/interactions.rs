//! What people type, press and fill in, as Discord would send it: something of each kind that the bot
//! reads, to be bent.

use serde_json::{Value, json};

use crate::stage::Stage;

/// The `type` and the `data` of interactions in a thread, whose ticket is the first.
pub(super) fn interactions(stage: &Stage) -> Vec<(u8, Value)> {
    let mut all = typed(stage);
    all.extend(pressed());
    all.extend(filled_in());
    all
}

/// Commands with their options, by Discord's types of options: 1 a subcommand, 3 a text, 4 a number,
/// 7 a channel, 8 a role.
fn typed(stage: &Stage) -> Vec<(u8, Value)> {
    let text = |name: &str, value: &str| json!({"name": name, "type": 3, "value": value});
    let number = |name: &str, value: i64| json!({"name": name, "type": 4, "value": value});
    let channel = json!({"name": "channel", "type": 7, "value": stage.forum.to_string()});
    let role = json!({"name": "asker_role", "type": 8, "value": stage.staff_role.to_string()});
    let of = |sub: &str, options: Value| json!([{"name": sub, "type": 1, "options": options}]);
    let commands = [
        ("queue", json!([number("filter", 1)])),
        ("why", json!([])),
        ("oncall", json!([])),
        ("claim", json!([])),
        ("resolve", json!([number("cause", 1)])),
        ("reopen", json!([])),
        ("acknowledge", json!([text("until", "in 2 hours")])),
        (
            "snooze",
            json!([
                text("reason", "The release"),
                text("until", "tomorrow 9:00")
            ]),
        ),
        (
            "promise",
            json!([text("until", "tomorrow 15:00"), text("note", "A fix")]),
        ),
        ("promise", json!([])),
        ("settings", of("show", json!([]))),
        (
            "settings",
            of(
                "set",
                json!([text("key", "attention.claim_lease"), text("to", "8h")]),
            ),
        ),
        ("settings", of("undo", json!([number("version", 1)]))),
        ("hours", of("preview", json!([text("at", "friday 16:30")]))),
        (
            "hours",
            of(
                "set",
                json!([
                    number("days", 0),
                    text("hours", "09:00-12:30"),
                    text("calendar", "support")
                ]),
            ),
        ),
        (
            "hours",
            of("holiday", json!([text("dates", "2026-12-24, 31 Dec")])),
        ),
        (
            "hours",
            of(
                "except",
                json!([text("date", "24 Dec"), text("hours", "closed")]),
            ),
        ),
        (
            "hours",
            of(
                "add",
                json!([
                    text("name", "late"),
                    text("zone", "UTC"),
                    text("hours", "18:00-22:00")
                ]),
            ),
        ),
        (
            "policy",
            of("test", json!([channel, text("at", "today 16:00")])),
        ),
        (
            "policy",
            of(
                "set",
                json!([
                    text("policy", "same day"),
                    number("what", 2),
                    text("to", "4h")
                ]),
            ),
        ),
        (
            "policy",
            of(
                "add",
                json!([
                    text("name", "slow"),
                    text("calendar", "support"),
                    text("answer", "8h"),
                    channel,
                    number("priority", 1),
                    role,
                    number("place", 1)
                ]),
            ),
        ),
        (
            "policy",
            of(
                "move",
                json!([text("policy", "same day"), number("place", 1000)]),
            ),
        ),
    ];
    let resolved = json!({
        "channels": {stage.forum.to_string(): {"id": stage.forum.to_string(), "name": "help",
            "type": 15, "permissions": "0"}},
        "roles": {stage.staff_role.to_string(): {"id": stage.staff_role.to_string(), "name": "staff",
            "color": 0, "colors": {"primary_color": 0}, "hoist": false, "position": 1,
            "permissions": "0", "managed": false, "mentionable": true, "flags": 0}},
    });
    let commands = commands.map(|(name, options)| {
        (
            2,
            json!({"id": "1", "name": name, "type": 1, "options": options, "resolved": resolved}),
        )
    });
    let suggested = json!({"id": "1", "name": "policy", "type": 1, "options": of("set", json!([
        {"name": "policy", "type": 3, "value": "sa", "focused": true}]))});
    commands.into_iter().chain([(4, suggested)]).collect()
}

/// Buttons and menus.
fn pressed() -> Vec<(u8, Value)> {
    let buttons = [
        "claim:1",
        "release:1",
        "resolve:1",
        "reopen:1",
        "acknowledge:1",
        "critical:1",
        "normal:1",
        "down:1",
        "down-sure:1",
        "show-queue:1",
        "why:1",
        "queue:all:0",
        "settings:discard:1",
        "promise:give:1",
        "promise:leave:1",
        "promise:kept:1:1",
        "promise:withdraw:1:0",
        "uncover:1",
        "issue:1",
        "issue-open:1",
        "issue-edit:1",
        "issue-allow:1",
        "issue-link:1:0",
        "issue-show:1",
        "issue-decline:1",
        "claim:9223372036854775807",
        "claim:-1",
        "queue:mine:4294967295",
    ];
    let menus = [
        ("filter", "at-risk"),
        ("filter", "mine"),
        ("cause:1", "bug"),
        ("take-on", "1"),
        ("take-on", "-9223372036854775808"),
        ("issue-choice:1:0", "0"),
    ];
    let id = |rest: &str| format!("sameday1:{rest}");
    let buttons = buttons.map(|rest| (3, json!({"custom_id": id(rest), "component_type": 2})));
    let menus = menus.map(|(rest, value)| {
        (
            3,
            json!({"custom_id": id(rest), "component_type": 3, "values": [value]}),
        )
    });
    buttons.into_iter().chain(menus).collect()
}

/// Forms.
fn filled_in() -> Vec<(u8, Value)> {
    let forms = [
        (
            "paste",
            "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20261224\nEND:VEVENT\nEND:VCALENDAR",
        ),
        ("down-sure:1", "Nobody can log in"),
        ("issue-form:1:0", "It hangs"),
        ("old", "x"),
    ];
    let form = |(rest, value): (&str, &str)| {
        let rows = ["title", "body"].map(|field| {
            json!({"type": 1, "components": [{"type": 4, "custom_id": field, "value": value}]})
        });
        (
            5,
            json!({"custom_id": format!("sameday1:{rest}"), "components": rows}),
        )
    };
    forms.map(form).into()
}
