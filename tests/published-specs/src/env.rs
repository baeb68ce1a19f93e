//! Where the published documents are, and what a missing one means.

use std::io::Write as _;
use std::path::PathBuf;

/// Where the published schemas are: `SAMEDAY_SPECS`, or `../shared/specs` beside the workspace.
pub fn specs() -> PathBuf {
    read("SAMEDAY_SPECS").map_or_else(
        || {
            PathBuf::from(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/../../../shared/specs"
            ))
        },
        PathBuf::from,
    )
}

/// Whether a check that cannot run must fail: `CI=true`.
pub fn is_ci() -> bool {
    read("CI").is_some_and(|value| value == "true")
}

/// Says on standard error that the check `what` is left out because of `missing`.
///
/// # Panics
/// With `CI=true`: there a check that did not run is a failure.
pub fn skip(what: &str, missing: &str) {
    assert!(!is_ci(), "{what} cannot run: {missing}");
    let words = format!(
        "\n*** SKIPPED: {what}\n***   because {missing}\n***   With CI=true this fails.\n\n"
    );
    // Not `eprintln!`: the test harness would swallow that of a test that passes.
    let said = std::io::stderr().write_all(words.as_bytes());
    assert!(said.is_ok(), "no standard error to say it on: {words}");
}

#[expect(
    clippy::disallowed_methods,
    reason = "the simulated services are no part of the bot and cannot ask its config"
)]
fn read(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
