//! An `OpenAPI` document: which operation a request is, and whether it and its answer fit.

use serde_json::{Value, json};

use crate::{Document, Problem, Schemas};

/// One service's description, with whatever else it publishes.
pub struct OpenApi {
    name: &'static str,
    schemas: Schemas,
    /// The templates of the paths, split at `/`, with the template itself.
    routes: Vec<(Vec<&'static str>, &'static str)>,
}

impl OpenApi {
    /// Reads the description, and the documents that stand beside it.
    ///
    /// # Errors
    /// In words, when one is missing or is no schema.
    pub fn load(description: Document<'_>, beside: &[Document<'_>]) -> Result<Self, String> {
        let mut documents = vec![description];
        documents.extend(beside);
        let schemas = Schemas::load(&documents)?;
        let routes = schemas
            .document(description.name)
            .get("paths")
            .and_then(Value::as_object)
            .into_iter()
            .flat_map(|paths| paths.keys())
            .map(|path| (path.split('/').collect(), path.as_str()))
            .collect();
        Ok(Self {
            name: description.name,
            schemas,
            routes,
        })
    }

    /// All documents.
    pub fn schemas(&self) -> &Schemas {
        &self.schemas
    }

    fn document(&self) -> &'static Value {
        self.schemas.document(self.name)
    }

    /// The template that `path` (without query) is an instance of. A literal
    /// segment goes before a parameter, from the left.
    pub fn find_route(&self, path: &str) -> Option<&'static str> {
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

    /// What is wrong with a request.
    pub fn request(
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
                problems.extend(self.schemas.check(self.name, &pointer, body));
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

    /// What is wrong with an answer. A broken server's (5xx) that the document does not describe is
    /// passed over.
    pub fn answer(
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
        match (self.document().pointer(&pointer), body) {
            (Some(_), Some(body)) => self.schemas.check(self.name, &pointer, body),
            (Some(_), None) => vec![Problem::new("", "an empty body")],
            (None, Some(body)) if !body.is_null() => {
                vec![Problem::new("", "a body where the specification has none")]
            }
            (None, _) => Vec::new(),
        }
    }

    fn find_operation(&self, method: &str, path: &str) -> Option<(&'static str, &'static Value)> {
        let route = self.find_route(path)?;
        let operation = self
            .document()
            .get("paths")?
            .get(route)?
            .get(method.to_lowercase())?;
        Some((route, operation))
    }

    /// Checks the query: each key must be known, each value of its type.
    fn query(&self, route: &str, operation: &Value, query: &str) -> Vec<Problem> {
        let shared = self
            .document()
            .get("paths")
            .and_then(|paths| paths.get(route));
        let known: Vec<&Value> = [shared, Some(operation)]
            .into_iter()
            .flatten()
            .flat_map(|holder| list(holder, "parameters"))
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
}

fn list<'a>(holder: &'a Value, key: &str) -> &'a [Value] {
    holder
        .get(key)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

fn is_parameter(part: &str) -> bool {
    part.starts_with('{')
}

/// A key as a segment of a JSON pointer.
fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}
