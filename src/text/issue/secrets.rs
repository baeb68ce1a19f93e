//! Secrets in what people write: found by their form and taken out before anything goes to GitHub.
//!
//! The `rules` would rather take out too much than too little. Each has an example in the tests, and
//! there are things that look alike and are none.

mod rules;

use std::ops::Range;
use std::sync::LazyLock;

use regex::{Regex, RegexBuilder};

use rules::RULES;

/// What a secret is replaced by.
pub const REDACTED: &str = "[redacted]";

/// The largest program a rule may become, so that none is refused: the rules are fixed, text is not.
const LARGEST_RULE: usize = 1 << 22;

static COMPILED: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let compiled = RULES.iter().map(|rule| {
        RegexBuilder::new(rule.form)
            .size_limit(LARGEST_RULE)
            .build()
    });
    compiled.filter_map(Result::ok).collect()
});

/// A text without its secrets, and how many there were.
pub fn redact(text: &str) -> (String, u32) {
    let mut found: Vec<Range<usize>> = COMPILED
        .iter()
        .flat_map(|rule| rule.captures_iter(text))
        .filter_map(|captures| captures.name("secret").or_else(|| captures.get(0)))
        .map(|secret| secret.range())
        .filter(|range| text.get(range.clone()).is_some_and(is_real))
        .collect();
    found.sort_by_key(|range| (range.start, std::cmp::Reverse(range.end)));
    let mut out = String::with_capacity(text.len());
    let (mut at, mut count) = (0, 0);
    for range in found {
        if range.start < at {
            // Two rules overlap: the part that sticks out goes with it.
            at = at.max(range.end);
            continue;
        }
        out.push_str(text.get(at..range.start).unwrap_or_default());
        out.push_str(REDACTED);
        at = range.end;
        count += 1;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    (out, count)
}

/// Whether it is more than a placeholder, as documentation and careful people write it.
fn is_real(secret: &str) -> bool {
    let lower = secret.to_lowercase();
    let masked = secret
        .chars()
        .all(|c| matches!(c, '*' | 'x' | 'X' | '.' | '…' | '-'));
    let named = [
        "your_",
        "your-",
        "example",
        "changeme",
        "placeholder",
        "redacted",
    ]
    .iter()
    .any(|word| lower.starts_with(word));
    let variable = secret.starts_with(['$', '%'])
        || lower.starts_with("process.env")
        || lower.starts_with("os.environ");
    let taken = secret == REDACTED;
    !(masked || named || variable || taken)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::rules::examples;
    use super::*;

    #[test]
    fn every_rule_finds_its_own() {
        assert_eq!(COMPILED.len(), RULES.len(), "a rule does not compile");
        let examples = examples();
        for (rule, compiled) in RULES.iter().zip(COMPILED.iter()) {
            let mut own = examples
                .iter()
                .filter(|(name, ..)| *name == rule.name)
                .peekable();
            assert!(own.peek().is_some(), "no example of {}", rule.name);
            for (name, secret, _) in own {
                assert!(compiled.is_match(secret), "{name} does not find {secret}");
            }
        }
        for (name, secret, stays) in examples {
            let (text, count) = redact(&format!("before {secret} after"));
            assert!(count >= 1, "{name}: not found: {secret}");
            assert!(
                text.starts_with(&format!("before {stays}{REDACTED}"))
                    || text.starts_with(REDACTED),
                "{name}: {text}"
            );
            assert!(text.ends_with("after"), "{name}: {text}");
        }
    }

    #[test]
    fn what_only_looks_like_one_stays() {
        for text in [
            "The token is invalid and the password: field is empty",
            "let token = $GITHUB_TOKEN and password = ********",
            "API_KEY=your_api_key_here",
            "https://example.org:8080/path@version",
            "git@ and me@ and @someone and sk-short",
            "token: none",
            "commit 3da6c6b19e8071d29f33267",
            "-----BEGIN CERTIFICATE-----",
        ] {
            assert_eq!(redact(text), (text.to_owned(), 0));
        }
    }

    #[test]
    fn a_key_in_two_messages_is_taken_out_of_both() {
        let body = format!("{}\n", "aB3/".repeat(16)).repeat(6);
        let (text, count) = redact(&format!("it is\n{body}"));
        assert_eq!((text.as_str(), count), ("it is\n[redacted]", 1));
        let (text, count) = redact(&format!("{body}-----END RSA PRIVATE KEY-----\nthat was it"));
        assert_eq!((text.as_str(), count), ("[redacted]\nthat was it", 1));
    }

    #[test]
    fn an_unfinished_private_key_is_taken_out_to_the_end() {
        let (text, count) = redact("see -----BEGIN PRIVATE KEY-----\nMIIEow\nIBAAKC");
        assert_eq!((text.as_str(), count), ("see [redacted]", 1));
    }

    proptest! {
        #[test]
        fn whatever_stands_around_it_a_secret_is_taken_out(
            before in "[\\PC\\n]{0,60}",
            after in "[\\PC\\n]{0,60}",
            which in 0..examples().len(),
        ) {
            let (_, secret, stays) = examples().swap_remove(which);
            let hidden = secret.strip_prefix(stays).unwrap().to_owned();
            let (text, count) = redact(&format!("{before} {secret} {after}"));
            prop_assert!(count >= 1);
            prop_assert!(!text.contains(&hidden), "{hidden} in {text}");
        }

        #[test]
        fn any_text_survives(text in "\\PC{0,400}") {
            let (out, _) = redact(&text);
            let (again, _) = redact(&out);
            prop_assert_eq!(again, out);
        }
    }
}
