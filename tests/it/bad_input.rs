//! What is wrong is said in one sentence, and breaks nothing.

mod command_line;
mod frames;
mod gone;
mod interactions;
mod process;
mod running;
mod start;
mod text;
