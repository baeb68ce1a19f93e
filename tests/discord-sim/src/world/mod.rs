//! The state of the simulated Discord and its rules.
