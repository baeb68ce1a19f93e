//! Discord's published schemas, compiled as they are needed, once per process.
//!
//! Data: `discord/discord-openapi.strict.json` (requests are closed objects there: a misspelt key
//! is an error) and `discord/discord-gateway.schema.json`.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use jsonschema::{Draft, Registry, ValidationError, Validator, error::ValidationErrorKind};
use serde_json::{Value, json};

use super::{Problem, rules};

/// Names under which the two documents know each other; nothing is fetched.
const REST: &str = "urn:discord:rest";
const GATEWAY: &str = "urn:discord:gateway:v10";

/// The schemas.
pub(crate) struct Specs {
    rest: &'static Value,
    gateway: &'static Value,
    registry: &'static Registry<'static>,
    /// The templates of the paths, split at `/`, with the template itself.
    routes: Vec<(Vec<&'static str>, &'static str)>,
    /// By document and JSON pointer. Compiling one takes milliseconds, and most are never needed.
    compiled: Mutex<HashMap<String, Result<Arc<Validator>, String>>>,
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
        // Kept for the life of the process: the compiled schemas borrow from them.
        let read = |name: &str| -> Result<&'static Value, String> {
            let path = folder.join(name);
            let why = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
            let text = std::fs::read(&path).map_err(|error| why(&error))?;
            let value: Value = serde_json::from_slice(&text).map_err(|error| why(&error))?;
            Ok(Box::leak(Box::new(value)))
        };
        let rest = read("discord-openapi.strict.json")?;
        let gateway = read("discord-gateway.schema.json")?;
        let registry = Registry::new()
            .add(REST, Draft::Draft202012.create_resource_ref(rest))
            .and_then(|builder| builder.add(GATEWAY, Draft::Draft7.create_resource_ref(gateway)))
            .and_then(jsonschema::RegistryBuilder::prepare)
            .map_err(|error| error.to_string())?;
        let routes = rest
            .get("paths")
            .and_then(Value::as_object)
            .into_iter()
            .flat_map(|paths| paths.keys())
            .map(|path| (path.split('/').collect(), path.as_str()))
            .collect();
        Ok(Self {
            rest,
            gateway,
            registry: Box::leak(Box::new(registry)),
            routes,
            compiled: Mutex::default(),
        })
    }

    /// The template that `path` (without query, without `/api/v10`) is an instance of. A literal
    /// segment goes before a parameter, from the left.
    pub(crate) fn find_route(&self, path: &str) -> Option<&'static str> {
        let asked: Vec<&str> = path.split('/').collect();
        let fits = |template: &[&str]| {
            template.len() == asked.len()
                && template
                    .iter()
                    .zip(&asked)
                    .all(|(part, asked)| is_parameter(part) && !asked.is_empty() || part == asked)
        };
        self.routes
            .iter()
            .filter(|(template, _)| fits(template))
            .min_by_key(|(template, _)| {
                template
                    .iter()
                    .map(|part| is_parameter(part))
                    .collect::<Vec<_>>()
            })
            .map(|(_, path)| *path)
    }

    /// What is wrong with a request. `path_and_query` has no `/api/v10`.
    pub(crate) fn request(
        &self,
        method: &str,
        path_and_query: &str,
        body: Option<&Value>,
    ) -> Vec<Problem> {
        let (path, query) = path_and_query
            .split_once('?')
            .unwrap_or((path_and_query, ""));
        let Some((route, operation)) = self.find_operation(method, path) else {
            return vec![Problem::new("", "the specification has no such route")];
        };
        let mut problems = self.query(route, operation, query);
        let content = operation.pointer("/requestBody/content/application~1json/schema");
        match (content, body) {
            (Some(_), Some(body)) => {
                let pointer = format!(
                    "/paths/{}/{}/requestBody/content/application~1json/schema",
                    escape(route),
                    method.to_lowercase()
                );
                let found = self.check(REST, &pointer, body).into_iter();
                problems.extend(found.filter(|problem| !loose_request(problem, body)));
                problems.extend(
                    rules::broken(method, route, body)
                        .into_iter()
                        .map(|(path, message)| Problem { path, message }),
                );
            }
            (None, Some(body)) if !body.is_null() && *body != json!({}) => {
                problems.push(Problem::new("", "a body where none is expected"));
            }
            (Some(_), None)
                if operation.pointer("/requestBody/required") == Some(&Value::Bool(true)) =>
            {
                problems.push(Problem::new("", "no body where one is required"));
            }
            _ => {}
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
        let path = path_and_query.split('?').next().unwrap_or_default();
        let Some((route, operation)) = self.find_operation(method, path) else {
            // The request's finding says it already; 404 is the right answer.
            return Vec::new();
        };
        if status >= 500 {
            // The specification describes no answer of a broken Discord.
            return Vec::new();
        }
        let exact = status.to_string();
        let class = format!("{}XX", status / 100);
        let responses = operation.get("responses").unwrap_or(&Value::Null);
        let Some((key, response)) = [exact, class]
            .into_iter()
            .find_map(|key| Some((responses.get(&key)?, key)))
            .map(|(response, key)| (key, response))
        else {
            return vec![Problem::new(
                "",
                &format!("the specification has no answer {status}"),
            )];
        };
        let base = match response.get("$ref").and_then(Value::as_str) {
            Some(reference) => reference.trim_start_matches('#').to_owned(),
            None => format!(
                "/paths/{}/{}/responses/{key}",
                escape(route),
                method.to_lowercase()
            ),
        };
        let pointer = format!("{base}/content/application~1json/schema");
        match (self.rest.pointer(&pointer), body) {
            (Some(_), Some(body)) => self
                .check(REST, &pointer, body)
                .into_iter()
                .filter(|problem| !loose_answer(status, problem, body))
                .collect(),
            (Some(_), None) => vec![Problem::new("", "an empty body")],
            (None, Some(body)) if !body.is_null() => {
                vec![Problem::new("", "a body where the specification has none")]
            }
            (None, _) => Vec::new(),
        }
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
        let Some(pointer) = self
            .gateway
            .get(table)
            .and_then(|table| table.get(&key))
            .and_then(Value::as_str)
        else {
            return vec![Problem::new("", &format!("{table} has no {key}"))];
        };
        self.check(GATEWAY, pointer.trim_start_matches('#'), frame)
            .into_iter()
            .filter(|problem| to_client || !loose_frame(problem, frame))
            .collect()
    }

    fn find_operation(&self, method: &str, path: &str) -> Option<(&'static str, &'static Value)> {
        let route = self.find_route(path)?;
        let operation = self
            .rest
            .get("paths")?
            .get(route)?
            .get(method.to_lowercase())?;
        Some((route, operation))
    }

    /// Checks the query: each key must be known, each value of its type.
    fn query(&self, route: &str, operation: &Value, query: &str) -> Vec<Problem> {
        let shared = self.rest.get("paths").and_then(|paths| paths.get(route));
        let known: Vec<&Value> = [shared, Some(operation)]
            .into_iter()
            .flatten()
            .flat_map(|holder| rules::list(holder, "parameters"))
            .filter(|parameter| parameter.get("in").and_then(Value::as_str) == Some("query"))
            .collect();
        let mut problems = Vec::new();
        for (key, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
            let name = key.trim_end_matches("[]").trim_end_matches("%5B%5D");
            let Some(parameter) = known
                .iter()
                .find(|p| p.get("name").and_then(Value::as_str) == Some(name))
            else {
                problems.push(Problem::new(&format!("?{key}"), "no such query parameter"));
                continue;
            };
            let schema = parameter.get("schema").unwrap_or(&Value::Null);
            let kind = schema.get("type").and_then(Value::as_str);
            let well = match kind {
                Some("integer") => value.parse::<i64>().is_ok_and(|number| {
                    let bound = |key| schema.get(key).and_then(Value::as_i64);
                    bound("minimum").is_none_or(|least| number >= least)
                        && bound("maximum").is_none_or(|most| number <= most)
                }),
                Some("boolean") => matches!(value, "true" | "false" | "True" | "False" | "0" | "1"),
                _ => !value.is_empty(),
            };
            if !well {
                problems.push(Problem::new(
                    &format!("?{key}"),
                    &format!("{value:?} does not fit {schema}"),
                ));
            }
        }
        problems
    }

    fn check(&self, document: &str, pointer: &str, instance: &Value) -> Vec<Problem> {
        match self.compile(document, pointer) {
            Ok(validator) if validator.is_valid(instance) => Vec::new(),
            Ok(validator) => {
                let mut problems: Vec<Problem> = validator
                    .iter_errors(instance)
                    .flat_map(|error| explain(&error))
                    .collect();
                problems.dedup();
                problems
            }
            Err(why) => vec![Problem::new("", &format!("{document}#{pointer}: {why}"))],
        }
    }

    fn compile(&self, document: &str, pointer: &str) -> Result<Arc<Validator>, String> {
        let reference = format!("{document}#{}", percent_encode(pointer));
        let mut compiled = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = compiled.get(&reference) {
            return known.clone();
        }
        let draft = if document == REST {
            Draft::Draft202012
        } else {
            Draft::Draft7
        };
        let made = jsonschema::options()
            .with_draft(draft)
            .with_registry(self.registry)
            .should_validate_formats(true)
            .with_format("snowflake", |text: &str| text.parse::<u64>().is_ok())
            .with_format("nonce", |text: &str| text.chars().count() <= 25)
            .build(&json!({ "$ref": reference }))
            .map(Arc::new)
            .map_err(|error| error.to_string());
        compiled.insert(reference, made.clone());
        made
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

/// An error in words, with unions opened: of the alternatives the one that came furthest is what
/// the writer meant.
fn explain(error: &ValidationError<'_>) -> Vec<Problem> {
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

fn is_parameter(part: &str) -> bool {
    part.starts_with('{')
}

/// A key as a segment of a JSON pointer.
fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// A JSON pointer as the fragment of a URI: braces and `@` of path templates are encoded.
fn percent_encode(pointer: &str) -> String {
    pointer.replace('{', "%7B").replace('}', "%7D")
}
