//! What can be done in the world, each rule of Discord once.

mod channels;
mod command_form;
mod commands;
mod compose;
mod events;
mod guilds;
mod members;
mod message_marks;
mod messages;
mod sight;
mod thread_members;
mod thread_state;
mod threads;

pub use channels::{ChannelEdit, NewChannel, NewTag};
pub use guilds::{NewApplication, NewRole};
pub use messages::{AttachmentEdit, MessageEdit};
pub use thread_state::ThreadEdit;
pub use threads::NewThread;
