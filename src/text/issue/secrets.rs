//! Secrets in what people write: found by their form and taken out before anything goes to GitHub.
//!
//! The rules are a table in the manner of gitleaks' own (prefixes that services publish so that
//! their keys can be found, private keys, passwords in addresses, what is assigned to a telling name).
//! They would rather take out too much than too little: what is taken out can still be told in the issue.
//! Each rule has an example in the tests, and things that look alike and are none.

use std::ops::Range;
use std::sync::LazyLock;

use regex::{Regex, RegexBuilder};

/// What a secret is replaced by.
pub const REDACTED: &str = "[redacted]";

/// The largest program a rule may become, so that none is refused: the rules are fixed, text is not.
const LARGEST_RULE: usize = 1 << 20;

/// Each rule: its name and its form. Where there is a group named `secret`, only that is taken out.
const RULES: [(&str, &str); 19] = [
    (
        "private key",
        r"(?s)-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|\z)",
    ),
    (
        "GitHub token",
        r"\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{22,})\b",
    ),
    (
        "GitLab token",
        r"\bgl(?:pat|dt|rt|cbt|ptt)-[A-Za-z0-9_-]{20,}",
    ),
    (
        "Discord token",
        r"\b[MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,}",
    ),
    (
        "webhook address",
        r"https://(?:[a-z]+\.)?discord(?:app)?\.com/api/webhooks/[0-9]+/(?P<secret>[A-Za-z0-9_-]{20,})",
    ),
    ("Slack token", r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}"),
    (
        "Slack webhook",
        r"https://hooks\.slack\.com/(?:services|workflows)/(?P<secret>[A-Za-z0-9/+]{20,})",
    ),
    ("AWS access key", r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}\b"),
    ("Google key", r"\bAIza[A-Za-z0-9_-]{35}"),
    ("Stripe key", r"\b[rs]k_(?:test|live|prod)_[A-Za-z0-9]{10,}"),
    ("API key", r"\bsk-(?:[A-Za-z]+-)*[A-Za-z0-9_-]{20,}"),
    ("npm token", r"\bnpm_[A-Za-z0-9]{36}\b"),
    ("PyPI token", r"\bpypi-[A-Za-z0-9_-]{50,}"),
    ("Hugging Face token", r"\bhf_[A-Za-z]{30,}\b"),
    (
        "SendGrid key",
        r"\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}",
    ),
    (
        "JSON Web Token",
        r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]*",
    ),
    (
        "password in an address",
        r"\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@]*:(?P<secret>[^\s/@]+)@",
    ),
    (
        "assigned secret",
        r#"(?i)\b[a-z0-9_.-]*(?:api[_-]?key|access[_-]?key|secret|passw(?:or)?d|passphrase|token|auth[_-]?key|credential)s?["']?\s*(?:=|:|=>)\s*(?:bearer\s+|basic\s+)?["']?(?P<secret>[^\s"'`,;<>\[\]{}()]{8,})"#,
    ),
    (
        "e-mail address",
        r"\b[A-Za-z0-9._%+-]+@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}\b",
    ),
];

/// A bearer header, which names no secret.
const BEARER: &str =
    r"(?i)\bauthorization\s*:\s*(?:bearer|basic|token|bot)\s+(?P<secret>[A-Za-z0-9._~+/=-]{8,})";

static COMPILED: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let forms = RULES.iter().map(|(_, form)| *form).chain([BEARER]);
    forms
        .filter_map(|form| {
            RegexBuilder::new(form)
                .size_limit(LARGEST_RULE)
                .build()
                .ok()
        })
        .collect()
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
    !(masked || named || variable)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// An example of each rule, put together so that no scanner takes this file for a leak.
    fn examples() -> Vec<(String, &'static str)> {
        let long = "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0";
        let first = |n: usize| -> String { long.chars().take(n).collect() };
        let key = |name: &str| {
            format!(
                "-----BEGIN {name}PRIVATE KEY-----\nMIIEow\nIBAAKC\n-----END {name}PRIVATE KEY-----"
            )
        };
        vec![
            (key("RSA "), ""),
            (key("OPENSSH "), ""),
            (format!("gh{}_{long}", "p"), ""),
            (format!("github{}_{long}", "_pat"), ""),
            (format!("gl{}-{long}", "pat"), ""),
            (
                format!("M{}.abcdef.{}", "TAwMDAwMDAwMDAwMDAwMDAwMD", first(30)),
                "",
            ),
            (
                format!("https://discord.com/api/webhooks/123/{long}"),
                "https://discord.com/api/webhooks/123/",
            ),
            (format!("xox{}-{long}", "b"), ""),
            (
                format!("https://hooks.slack.com/services/{long}"),
                "https://hooks.slack.com/services/",
            ),
            (format!("AKIA{}", "ABCDEFGHIJKLMNOP"), ""),
            (format!("AI{}{}", "za", first(35)), ""),
            (format!("sk_{}_{long}", "live"), ""),
            (format!("sk-{}-{long}", "proj"), ""),
            (format!("npm_{}", first(36)), ""),
            (format!("pypi-{long}{long}"), ""),
            (format!("hf_{}", "abcdefghijklmnopqrstuvwxyzABCDEFGH"), ""),
            (format!("SG.{}.{long}", first(20)), ""),
            (
                format!(
                    "ey{}.ey{}.{long}",
                    "JhbGciOiJIUzI1NiJ9", "JzdWIiOiIxMjM0NTY3ODkwIn0"
                ),
                "",
            ),
            (
                "postgres://app:hunter2@db.example.org/x".to_owned(),
                "postgres://app:",
            ),
            ("API_KEY = \"0123456789abcdef\"".to_owned(), "API_KEY = \""),
            (
                "export AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG".to_owned(),
                "export AWS_SECRET_ACCESS_KEY=",
            ),
            (
                "Authorization: Bearer abc.def-ghi".to_owned(),
                "Authorization: Bearer ",
            ),
            ("ann.smith+help@mail.example.org".to_owned(), ""),
        ]
    }

    #[test]
    fn every_rule_finds_its_own() {
        for (secret, stays) in examples() {
            let (text, count) = redact(&format!("before {secret} after"));
            assert!(count >= 1, "not found: {secret}");
            assert!(
                text.starts_with(&format!("before {stays}{REDACTED}")),
                "{text}"
            );
            assert!(text.ends_with("after"), "{text}");
        }
        assert_eq!(COMPILED.len(), RULES.len() + 1, "a rule does not compile");
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
    fn an_unfinished_private_key_is_taken_out_to_the_end() {
        let (text, count) = redact("see -----BEGIN PRIVATE KEY-----\nMIIEow\nIBAAKC");
        assert_eq!((text.as_str(), count), ("see [redacted]", 1));
    }

    proptest! {
        #[test]
        fn whatever_stands_around_it_a_secret_is_taken_out(
            before in "[\\PC\\n]{0,60}",
            after in "[\\PC\\n]{0,60}",
            which in 0..18_usize,
        ) {
            let (secret, stays) = examples().swap_remove(which);
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
