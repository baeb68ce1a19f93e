//! What outside services publish about themselves, and checks against it.
//!
//! The simulated services of the tests hold every request, every answer and every event of their
//! own against these documents. What does not fit is a [`Problem`]; what becomes of it is the
//! simulation's matter.
//!
//! * [`mod@env`] says where the documents are, and says aloud when they are missing.
//! * `Schemas` compiles parts of JSON schemas as they are needed.
//! * `OpenApi` finds the operation of a request in an `OpenAPI` document and checks query, body and
//!   answer.

pub mod env;
#[cfg(feature = "validate")]
mod explain;
#[cfg(feature = "validate")]
mod openapi;
#[cfg(feature = "validate")]
mod schemas;

#[cfg(feature = "validate")]
pub use openapi::OpenApi;
#[cfg(feature = "validate")]
pub use schemas::{Document, Draft, Schemas};

/// One thing that is wrong inside a body or an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// A JSON pointer to the place, or `?key` for a query parameter.
    pub path: String,
    /// What is wrong there.
    pub message: String,
}

impl Problem {
    /// Something is wrong at `path`.
    pub fn new(path: &str, message: &str) -> Self {
        Self {
            path: path.to_owned(),
            message: message.to_owned(),
        }
    }
}
