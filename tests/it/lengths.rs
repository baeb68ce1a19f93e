//! How long the tests go on that could go on for ever, and by which chance.

/// How often something is tried: a few times, or as often as a variable of the environment says.
pub(crate) fn how_many(variable: &str, usual: usize) -> usize {
    read(variable).map_or(usual, |number| {
        number.parse().expect("the variable holds a number")
    })
}

/// Chance with a seed of its own, which is printed; `SAMEDAY_SEED` brings one back.
pub(crate) fn chance() -> fastrand::Rng {
    let seed = read("SAMEDAY_SEED").map_or_else(
        || fastrand::u64(..),
        |seed| seed.parse().expect("SAMEDAY_SEED is a number"),
    );
    eprintln!("SAMEDAY_SEED={seed}");
    fastrand::Rng::with_seed(seed)
}

#[expect(clippy::disallowed_methods, reason = "a test has no settings file")]
fn read(variable: &str) -> Option<String> {
    std::env::var(variable).ok()
}
