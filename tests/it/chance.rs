//! What the environment asks of a test: its long form, and the chance it goes by.

/// A variable that asks for the long form of a test, and how long.
#[expect(
    clippy::disallowed_methods,
    reason = "tests are told by the environment how long they may take"
)]
pub(crate) fn long_form(variable: &str) -> Option<String> {
    std::env::var(variable).ok()
}

/// Where chance begins: `SAMEDAY_SEED`, or anywhere. To be printed, so that a failure can be had again.
pub(crate) fn seed() -> u64 {
    long_form("SAMEDAY_SEED").map_or_else(
        || fastrand::u64(..),
        |seed| seed.parse().expect("SAMEDAY_SEED is a number"),
    )
}
