#![expect(
    clippy::unwrap_used,
    reason = "the helpers of tests stop at what they did not expect"
)]

use serde_json::{Value, json};

use super::specs::Specs;

/// The schemas and one file of vectors, or nothing (said aloud) where they are missing.
fn load(vectors: &str) -> Option<(&'static Specs, Value)> {
    let path = crate::env::specs().join("discord").join(vectors);
    match (Specs::of_process(), std::fs::read(&path)) {
        (Ok(specs), Ok(text)) => Some((specs, serde_json::from_slice(&text).unwrap())),
        (Err(why), _) => {
            crate::env::skip(vectors, why);
            None
        }
        (_, Err(why)) => {
            crate::env::skip(vectors, &why.to_string());
            None
        }
    }
}

fn text<'a>(vector: &'a Value, key: &str) -> &'a str {
    vector[key].as_str().unwrap()
}

#[test]
fn every_valid_request_is_accepted() {
    let Some((specs, vectors)) = load("discord-vectors.json") else {
        return;
    };
    let valid = vectors["valid"].as_array().unwrap();
    assert!(!valid.is_empty());
    for vector in valid {
        let problems = specs.request(
            text(vector, "method"),
            text(vector, "path"),
            vector.get("body"),
        );
        assert_eq!(problems, [], "{}", vector["name"]);
    }
}

#[test]
fn every_invalid_request_is_refused() {
    let Some((specs, vectors)) = load("discord-vectors.json") else {
        return;
    };
    let invalid = vectors["invalid"].as_array().unwrap();
    assert!(!invalid.is_empty());
    for vector in invalid {
        let problems = specs.request(
            text(vector, "method"),
            text(vector, "path"),
            vector.get("body"),
        );
        assert_ne!(problems, [], "{}", vector["name"]);
    }
}

#[test]
fn the_bodies_of_discord_js_are_accepted() {
    let Some((specs, bodies)) = load("discordjs-bodies.json") else {
        return;
    };
    for entry in bodies.as_array().unwrap() {
        let (method, path) = (entry[0].as_str().unwrap(), entry[1].as_str().unwrap());
        let problems = specs.request(method, path, entry.get(2));
        assert_eq!(problems, [], "{method} {path}");
    }
}

#[test]
fn gateway_frames_are_told_apart() {
    let Some((specs, vectors)) = load("gateway-vectors.json") else {
        return;
    };
    for (group, good) in [("good", true), ("bad", false)] {
        for vector in vectors[group].as_array().unwrap() {
            let frame = &vector["frame"];
            let mut problems = specs.frame(text(vector, "dir") == "recv", frame);
            // Too long is the connection's matter, not the schema's.
            if frame.to_string().len() > crate::validate::LONGEST_FRAME {
                problems.push(super::Problem::new("", "too long"));
            }
            assert_eq!(problems.is_empty(), good, "{frame}: {problems:?}");
        }
    }
}

#[test]
fn a_finding_names_the_place() {
    let Some((specs, _)) = load("discord-vectors.json") else {
        return;
    };
    let body = json!({"content": "x", "components": [
        {"type": 1, "components": [{"type": 2, "style": 1, "label": "a", "custom_id": 5}]}
    ]});
    let problems = specs.request("POST", "/channels/1/messages", Some(&body));
    let paths: Vec<&str> = problems
        .iter()
        .map(|problem| problem.path.as_str())
        .collect();
    assert_eq!(
        paths,
        ["/components/0/components/0/custom_id"],
        "{problems:?}"
    );
}

#[test]
fn answers_are_checked_by_status() {
    let Some((specs, _)) = load("discord-vectors.json") else {
        return;
    };
    let path = "/channels/1/messages/2";
    let check = |status, body: Value| specs.answer("GET", path, status, Some(&body));
    assert_eq!(
        check(404, json!({"code": 10008, "message": "Unknown Message"})),
        []
    );
    assert_ne!(check(404, json!({"message": "Unknown Message"})), []);
    assert_ne!(check(200, json!({"id": "2"})), []);
    assert_eq!(
        check(
            429,
            json!({"message": "slow", "retry_after": 0.5, "global": false})
        ),
        [],
        "the documentation calls `code` optional here"
    );
    let form = |code: Value| {
        json!({"code": 50035, "message": "Invalid Form Body", "errors": {"content": {"_errors": [
            {"code": code, "message": "Must be 2000 or fewer in length."}
        ]}}})
    };
    assert_eq!(check(400, form(json!("BASE_TYPE_MAX_LENGTH"))), []);
    assert_ne!(check(400, form(json!({}))), []);
    assert_eq!(specs.answer("DELETE", path, 204, None), []);
    assert_ne!(specs.answer("DELETE", path, 204, Some(&json!({}))), []);
}
