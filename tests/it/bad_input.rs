//! What is wrong is said in one sentence, and breaks nothing.

mod command_line;
mod gone;
mod running;
mod start;
mod text;
