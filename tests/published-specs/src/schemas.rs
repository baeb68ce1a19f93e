//! Parts of JSON schemas, compiled as they are needed, once per process.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use jsonschema::{Registry, Validator};
use serde_json::{Value, json};

use crate::Problem;
use crate::explain::explain;

pub use jsonschema::Draft;

/// A published document.
#[derive(Clone, Copy, Debug)]
pub struct Document<'a> {
    /// The name by which it is asked for, a URN. Nothing is ever fetched.
    pub name: &'static str,
    /// The file.
    pub file: &'a Path,
    /// The dialect it is written in.
    pub draft: Draft,
}

/// The documents of one service.
pub struct Schemas {
    documents: HashMap<&'static str, (&'static Value, Draft)>,
    registry: &'static Registry<'static>,
    /// By document and JSON pointer. Compiling one takes milliseconds, and most are never needed.
    compiled: Mutex<HashMap<String, Result<Arc<Validator>, String>>>,
}

impl Schemas {
    /// Reads the documents. They are kept for the life of the process: the compiled schemas borrow
    /// from them.
    ///
    /// # Errors
    /// In words, when one is missing or is no schema.
    pub fn load(files: &[Document<'_>]) -> Result<Self, String> {
        let mut documents = HashMap::new();
        let mut registry = Registry::new();
        for document in files {
            let path = document.file;
            let why = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
            let text = std::fs::read(path).map_err(|error| why(&error))?;
            let value: Value = serde_json::from_slice(&text).map_err(|error| why(&error))?;
            let value: &'static Value = Box::leak(Box::new(value));
            documents.insert(document.name, (value, document.draft));
            registry = registry
                .add(document.name, document.draft.create_resource_ref(value))
                .map_err(|error| error.to_string())?;
        }
        let registry = registry.prepare().map_err(|error| error.to_string())?;
        Ok(Self {
            documents,
            registry: Box::leak(Box::new(registry)),
            compiled: Mutex::default(),
        })
    }

    /// A document; null when there is none of that name.
    pub fn document(&self, name: &str) -> &'static Value {
        const NOTHING: &Value = &Value::Null;
        self.documents
            .get(name)
            .map_or(NOTHING, |(document, _)| document)
    }

    /// What is wrong with `instance` by the schema at a JSON pointer of a document.
    pub fn check(&self, document: &str, pointer: &str, instance: &Value) -> Vec<Problem> {
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
        let draft = self
            .documents
            .get(document)
            .map_or(Draft::Draft202012, |(_, draft)| *draft);
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

/// A JSON pointer as the fragment of a URI: braces and `@` of path templates are encoded.
fn percent_encode(pointer: &str) -> String {
    pointer.replace('{', "%7B").replace('}', "%7D")
}
