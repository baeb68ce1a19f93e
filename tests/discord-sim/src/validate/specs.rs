//! Discord's published schemas, compiled as they are needed, once per process.
//!
//! Data: `discord/discord-openapi.strict.json` (requests are closed objects there: a misspelt key
//! is an error) and `discord/discord-gateway.schema.json`.

use std::path::Path;
use std::sync::OnceLock;

use published_specs::{Document, Draft, OpenApi};
use serde_json::Value;

use super::{Problem, rules};

/// Names under which the two documents know each other; nothing is fetched.
const REST: &str = "urn:discord:rest";
const GATEWAY: &str = "urn:discord:gateway:v10";

/// The schemas.
pub(crate) struct Specs {
    api: OpenApi,
}

impl Specs {
    /// The schemas of this process, or why there are none.
    pub(crate) fn of_process() -> Result<&'static Self, &'static str> {
        static SPECS: OnceLock<Result<Specs, String>> = OnceLock::new();
        SPECS
            .get_or_init(|| Specs::load(&crate::env::specs().join("discord")))
            .as_ref()
            .map_err(String::as_str)
    }

    fn load(folder: &Path) -> Result<Self, String> {
        let rest = Document {
            name: REST,
            file: &folder.join("discord-openapi.strict.json"),
            draft: Draft::Draft202012,
        };
        let gateway = Document {
            name: GATEWAY,
            file: &folder.join("discord-gateway.schema.json"),
            draft: Draft::Draft7,
        };
        let api = OpenApi::load(rest, &[gateway])?;
        Ok(Self { api })
    }

    /// What is wrong with a request. `path_and_query` has no `/api/v10`.
    pub(crate) fn request(
        &self,
        method: &str,
        path_and_query: &str,
        body: Option<&Value>,
    ) -> Vec<Problem> {
        let mut problems = self.api.request(method, path_and_query, body);
        let path = path_and_query.split('?').next().unwrap_or_default();
        if let (Some(route), Some(body)) = (self.api.find_route(path), body) {
            problems.retain(|problem| !loose_request(problem, body));
            problems.extend(
                rules::broken(method, route, body)
                    .into_iter()
                    .map(|(path, message)| Problem { path, message }),
            );
        }
        problems
    }

    /// What is wrong with an answer.
    pub(crate) fn answer(
        &self,
        method: &str,
        path_and_query: &str,
        status: u16,
        body: Option<&Value>,
    ) -> Vec<Problem> {
        let mut problems = self.api.answer(method, path_and_query, status, body);
        if let Some(body) = body {
            problems.retain(|problem| !loose_answer(status, problem, body));
        }
        problems
    }

    /// What is wrong with a frame that Discord sends (`to_client`) or receives.
    pub(crate) fn frame(&self, to_client: bool, frame: &Value) -> Vec<Problem> {
        let op = frame.get("op").and_then(Value::as_u64);
        let event = frame.get("t").and_then(Value::as_str);
        let (table, key) = match (to_client, op, event) {
            (true, Some(0), Some(event)) => ("x-dispatch", event.to_owned()),
            (true, Some(op), _) => ("x-op", op.to_string()),
            (false, Some(op), _) => ("x-send", op.to_string()),
            (_, None, _) => return vec![Problem::new("/op", "no opcode")],
        };
        let schemas = self.api.schemas();
        let Some(pointer) = schemas
            .document(GATEWAY)
            .get(table)
            .and_then(|table| table.get(&key))
            .and_then(Value::as_str)
        else {
            return vec![Problem::new("", &format!("{table} has no {key}"))];
        };
        schemas
            .check(GATEWAY, pointer.trim_start_matches('#'), frame)
            .into_iter()
            .filter(|problem| to_client || !loose_frame(problem, frame))
            .collect()
    }
}

/// Where the specification is stricter with requests than Discord is.
fn loose_request(problem: &Problem, body: &Value) -> bool {
    // discord.py writes the ids of `message_reference` as numbers, and every reply it ever made
    // proves that Discord takes them so.
    problem.path.starts_with("/message_reference/")
        && problem.path.ends_with("_id")
        && body.pointer(&problem.path).is_some_and(Value::is_u64)
}

/// Where the specification is wrong about an answer and Discord's documentation and practice say
/// otherwise.
fn loose_answer(status: u16, problem: &Problem, body: &Value) -> bool {
    // The specification says that the `code` of a form error's entry is an integer; Discord sends
    // a string such as BASE_TYPE_REQUIRED (reference, "Error Messages"). The union it stands in
    // fails with it, so the whole `errors` tree is left to this check of ours.
    let form_error = (400..500).contains(&status)
        && problem.path.starts_with("/errors")
        && body.get("errors").is_some_and(is_error_tree);
    // The specification requires `code` in a 429's body, the documentation calls it optional.
    let no_code = status == 429 && problem.path.is_empty() && problem.message.contains("\"code\"");
    form_error || no_code
}

/// Where the schema is stricter with clients than Discord is.
fn loose_frame(problem: &Problem, frame: &Value) -> bool {
    // serenity writes a time of its own kind into `presence.since`; Discord passes over it.
    if problem.path == "/d/presence/since" {
        return true;
    }
    // Serializers such as twilight's write null for an optional field of IDENTIFY that they leave
    // out. Discord takes that; the types the schema is made from know only "absent".
    let optional = [
        "/d/compress",
        "/d/large_threshold",
        "/d/presence",
        "/d/shard",
    ];
    optional.contains(&problem.path.as_str()) && frame.pointer(&problem.path) == Some(&Value::Null)
}

/// Whether `tree` is keys over keys over `_errors: [{code: string, message: string}]`.
fn is_error_tree(tree: &Value) -> bool {
    let Some(entries) = tree.as_object() else {
        return false;
    };
    !entries.is_empty()
        && entries.iter().all(|(key, value)| {
            if key != "_errors" {
                return is_error_tree(value);
            }
            value.as_array().is_some_and(|list| {
                list.iter().all(|entry| {
                    ["code", "message"]
                        .iter()
                        .all(|key| entry.get(key).is_some_and(Value::is_string))
                })
            })
        })
}
