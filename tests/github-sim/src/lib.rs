//! A simulated GitHub, good enough that the bot's client talks to it over HTTP on 127.0.0.1
//! without a patch.
//!
//! # How it fits together
//!
//! ```text
//!  people (tests)          REST (axum)             a page for people (feature `page`)
//!        \                     |                        /
//!         +--- GitHub::act -> world: repositories, issues, comments, releases,
//!                     |       each act noting the events it causes
//!                     v
//!                  hooks: signed deliveries to whoever subscribed; held, doubled or lost on demand
//! ```
//!
//! * [`GitHub`] owns everything and is cheap to clone.
//! * [`world`] is plain data and rules behind one lock. A rule of GitHub lives here once.
//! * [`rest`] finds out who calls, counts rate limits, parses, asks `world`, renders.
//! * [`hooks`] delivers events.
//! * [`faults`] is bad weather on demand: refusals, delays, answers that are lost.
//! * With the feature `validate` each request, answer and event is held against GitHub's published
//!   description; what does not fit, and every route that is not there, is a [`Finding`]. Three routes are
//!   not in the part of the description that there is, and so are held against nothing: comparing two
//!   commits, the contents of files, and whatever is asked for by a repository's number.
//!
//! # What is simulated, and how far
//!
//! * An issue is found by search only after [`Options::search_lag`], as on GitHub, where the index
//!   follows. Lists are always up to date.
//! * An answer to GET carries an `ETag`; asked again with it, the answer is 304 and costs nothing of
//!   the primary limit.
//! * Primary limits are per token and hour, searches per minute; the secondary limit is on content
//!   made per minute.
//! * A moved issue answers 301 to where it is, a deleted one 410, a renamed repository 301.
//! * There are no teams, projects, reactions or reviews. Git itself is not simulated: a release is a
//!   name and an instant.

pub mod faults;
pub mod hooks;
mod limits;
#[cfg(feature = "page")]
mod page;
pub mod rest;
mod sim;
mod validate;
pub mod world;

pub use limits::Limits;
pub use sim::{Finding, GitHub, Notes, Options};

/// The private key of every simulated App: it signs for nobody but these simulations. Made once, because
/// making one takes seconds in a test that is built without optimisation.
pub const APP_KEY: &str = include_str!("app_key.pem");
const APP_PUBLIC_KEY: &str = include_str!("app_key.pub.pem");
