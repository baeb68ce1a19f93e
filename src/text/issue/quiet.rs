//! Text from Discord that does nothing on GitHub.
//!
//! GitHub reads Markdown first and looks for `@somebody` in what comes out, so whoever hides a mention
//! behind Markdown's rules reaches people. Nothing here depends on knowing all of those rules: outside of
//! code every `@` and `#` is broken, no HTML and no entity is left, and code is only what cannot be anything
//! else. A block becomes a fence of its own; in a line, code is what stands between backticks that
//! pair in any reading (no line break, and no `|`, at which a table would cut it); every other backtick and
//! every other fence is spelled out.
//!
//! Discord's own marks become words: `<@1>` a name, `<t:…>` an instant, `<:wave:1>` `:wave:`.

use std::collections::BTreeMap;

use crate::domain::{Timestamp, from_millis};
use crate::text::clean;

/// Shows nothing and breaks a mention in two.
pub(super) const BREAK: char = '\u{200b}';

/// What we write ourselves in place of a sign: harmless, and not to be written a second time.
const OWN_ENTITIES: [&str; 3] = ["lt;", "amp;", "#96;"];

/// An instant as it stands in an issue.
pub(super) fn moment(at: Timestamp) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}

/// A text that does nothing on GitHub. Doing it twice changes nothing more. `names` are those of the
/// people it mentions.
pub fn quiet(text: &str, names: &BTreeMap<u64, String>) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut out = String::with_capacity(text.len());
    for (at, block) in text.split("```").enumerate() {
        if at % 2 == 1 {
            fence(&mut out, block);
            continue;
        }
        if at > 0 && !block.is_empty() && !block.starts_with('\n') {
            out.push('\n');
        }
        defuse(&mut out, block, names);
    }
    out
}

/// A code block on lines of its own. Discord takes the first line as the language when it is one word.
fn fence(out: &mut String, block: &str) {
    if !out.is_empty() && !out.ends_with('\n') {
        out.push('\n');
    }
    let is_word = |line: &str| {
        let mut chars = line.chars();
        chars.all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '+' | '#' | '.'))
    };
    let (language, code) = match block.split_once('\n') {
        Some((first, code)) if is_word(first) => (first, code),
        _ => ("", block),
    };
    let code = code.strip_suffix('\n').unwrap_or(code);
    for part in ["```", language, "\n", code, "\n```"] {
        out.push_str(part);
    }
}

/// Text outside of code blocks, made harmless.
fn defuse(out: &mut String, text: &str, names: &BTreeMap<u64, String>) {
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some((words, after)) = discord_mark(rest, names) {
            out.push_str(&words);
            rest = after;
            continue;
        }
        if let Some(length) = address(rest) {
            let (address, after) = rest.split_at(length);
            for (at, c) in address.char_indices() {
                match c {
                    // Means the same in an address, and nothing else.
                    '@' => out.push_str("%40"),
                    '&' => out.push_str(ampersand(address.get(at + 1..).unwrap_or_default())),
                    c => out.push(c),
                }
            }
            rest = after;
            continue;
        }
        let after = rest.get(c.len_utf8()..).unwrap_or_default();
        let next = after.chars().next();
        rest = after;
        match c {
            '`' => rest = backticks(out, after),
            // A backslash takes the meaning from a backtick, and so from its partner.
            '\\' if next == Some('`') => {
                let run = after.chars().take_while(|c| *c == '`').count();
                out.push_str(&"&#96;".repeat(run));
                rest = after.get(run..).unwrap_or_default();
            }
            '@' => {
                out.push(c);
                if next.is_some_and(|next| next != BREAK && !next.is_whitespace()) {
                    out.push(BREAK);
                }
            }
            '#' => {
                out.push(c);
                if next.is_some_and(|next| next != BREAK && next != '#' && !next.is_whitespace()) {
                    out.push(BREAK);
                }
            }
            '-' if next.is_some_and(|next| next.is_ascii_digit()) && ends_with_gh(out) => {
                out.extend([c, BREAK]);
            }
            '<' if next == Some(BREAK) => out.push(c),
            '<' => out.push_str("&lt;"),
            '&' => {
                if let Some(own) = OWN_ENTITIES.iter().find(|own| after.starts_with(**own)) {
                    out.push(c);
                    out.push_str(own);
                    rest = after.get(own.len()..).unwrap_or_default();
                } else {
                    out.push_str(ampersand(after));
                }
            }
            // Three of them would begin a fence.
            '~' if after.starts_with("~~") => {
                let run = 1 + after.chars().take_while(|c| *c == '~').count();
                out.extend(std::iter::repeat_n("\\~", run));
                rest = after.get(run - 1..).unwrap_or_default();
            }
            _ => out.push(c),
        }
    }
}

/// An ampersand that begins no entity but our own.
fn ampersand(after: &str) -> &'static str {
    let own = OWN_ENTITIES.iter().any(|own| after.starts_with(own));
    let entity = after.starts_with(|next: char| next == '#' || next.is_ascii_alphanumeric());
    if entity && !own { "&amp;" } else { "&" }
}

fn ends_with_gh(out: &str) -> bool {
    let mut last = out.chars().rev();
    let (h, g) = (last.next(), last.next());
    matches!((g, h), (Some('g' | 'G'), Some('h' | 'H')))
}

/// What follows a backtick: code as it is, or backticks that are spelled out. What is left.
fn backticks<'text>(out: &mut String, after: &'text str) -> &'text str {
    let run = 1 + after.chars().take_while(|c| *c == '`').count();
    let opened = after.get(run - 1..).unwrap_or_default();
    let mark = "`".repeat(run);
    if let Some((code, rest)) = closed(opened, run) {
        for part in [&mark, code, &mark] {
            out.push_str(part);
        }
        return rest;
    }
    out.push_str(&"&#96;".repeat(run));
    opened
}

/// The code up to a run of exactly so many backticks, in the same line and table cell.
fn closed(text: &str, run: usize) -> Option<(&str, &str)> {
    let mut at = 0;
    loop {
        let found = text.get(at..)?.find(['`', '\n', '|'])? + at;
        let from = text.get(found..)?;
        if !from.starts_with('`') {
            return None;
        }
        let length = from.chars().take_while(|c| *c == '`').count();
        if length == run {
            let code = text.get(..found).filter(|code| !code.trim().is_empty())?;
            return Some((code, from.get(length..)?));
        }
        at = found + length;
    }
}

/// How long the web address is that a text begins with.
fn address(text: &str) -> Option<usize> {
    let host = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"))?;
    // Otherwise GitHub does not take it for one.
    host.chars().next().filter(char::is_ascii_alphanumeric)?;
    let ends = |c: char| c.is_whitespace() || c.is_control() || "<>`\"|\\".contains(c);
    // What stood there was one of these signs.
    let signs = ["&lt;", "&#96;"].map(|sign| text.find(sign));
    let end = signs.into_iter().flatten().chain(text.find(ends)).min();
    Some(end.unwrap_or(text.len()))
}

/// A mark of Discord's at the start of a text, in words, and what follows it.
fn discord_mark<'a>(text: &'a str, names: &BTreeMap<u64, String>) -> Option<(String, &'a str)> {
    let inner = text.strip_prefix('<')?;
    let (mark, after) = inner.split_once('>')?;
    let id = |text: &str| text.parse::<u64>().ok();
    let words = if let Some(user) = mark
        .strip_prefix("@!")
        .or(mark.strip_prefix('@'))
        .and_then(id)
    {
        let name = names.get(&user).map_or("someone", String::as_str);
        let name = clean::plain(name, 40).replace("\\`", "&#96;");
        format!("**{name}**")
    } else if mark.strip_prefix("@&").and_then(id).is_some() {
        "a role".to_owned()
    } else if mark.strip_prefix('#').and_then(id).is_some() {
        "a channel".to_owned()
    } else if let Some(stamp) = mark.strip_prefix("t:") {
        let seconds: i64 = stamp.split(':').next()?.parse().ok()?;
        moment(from_millis(seconds.checked_mul(1_000)?)?)
    } else {
        let emoji = mark.strip_prefix("a:").or(mark.strip_prefix(':'))?;
        let (name, number) = emoji.split_once(':')?;
        let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        id(number).filter(|_| plain)?;
        format!(":{name}:")
    };
    Some((words, after))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(text: &str) -> String {
        quiet(text, &BTreeMap::new()).replace(BREAK, "¦")
    }

    #[test]
    fn nothing_in_it_acts() {
        for (text, out) in [
            ("@octocat", "@¦octocat"),
            ("@ work", "@ work"),
            (
                "fixes #7, acme/widgets#7 and GH-8",
                "fixes #¦7, acme/widgets#¦7 and GH-¦8",
            ),
            ("<!-- sameday:1 -->", "&lt;!-- sameday:1 -->"),
            ("`@octocat` and ``a ` @b``", "`@octocat` and ``a ` @b``"),
            ("one ` @octocat", "one &#96; @¦octocat"),
            ("```\n@octocat", "```\n@octocat\n```"),
            (
                "see ```rs\nfn f() {}``` there",
                "see \n```rs\nfn f() {}\n```\n there",
            ),
            ("<@&9> in <#8>", "a role in a channel"),
            ("a < b > c & d", "a &lt; b > c & d"),
            ("# Head\n## Head", "# Head\n## Head"),
        ] {
            assert_eq!(shown(text), out);
        }
    }

    /// Each of these pinged somebody once, in one reading of Markdown or another.
    #[test]
    fn what_hides_behind_markdown_does_not_act() {
        for (text, out) in [
            // Backslashes take the meaning from backticks.
            (r"\`@octocat\`", "&#96;@¦octocat&#96;"),
            // A pair that is none: code with a backtick in it, then a stray one.
            ("`` ` ``@octocat`", "`` ` ``@¦octocat&#96;"),
            // A table cuts code at its bars.
            ("`x|@octocat`", "&#96;x|@¦octocat&#96;"),
            ("`a|b` `@octocat`", "&#96;a|b&#96; `@octocat`"),
            // A fence that is closed by another sign than it seems.
            (
                "~~~\n```\n~~~\n@octocat\n```",
                "\\~\\~\\~\n```\n~~~\n@octocat\n```",
            ),
            // Entities and HTML become signs.
            (
                "&#64;octocat &commat;octocat",
                "&amp;#¦64;octocat &amp;commat;octocat",
            ),
            ("<div>\n`@octocat`", "&lt;div>\n`@octocat`"),
            ("https://&commat;octocat", "https://&amp;commat;octocat"),
            // Discord's marks become words behind a sign.
            ("@<#1>octocat", "@¦a channeloctocat"),
            ("#<t:0>", "#¦1970-01-01 00:00 UTC"),
            (
                "https://example.org/@octocat#7",
                "https://example.org/%40octocat#7",
            ),
            // A backtick ends an address, and what is written for it does, too.
            ("https://x`@a", "https://x&#96;@¦a"),
        ] {
            assert_eq!(shown(text), out, "{text}");
            let once = quiet(text, &BTreeMap::new());
            assert_eq!(quiet(&once, &BTreeMap::new()), once, "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn whatever_people_write_pings_nobody_and_stays_so(text in prop_oneof![
            "\\PC{0,200}",
            "[<@#!:&>;`|~\\\\a-z0-9\\n -]{0,200}",
            "(```|`|``|@a|#1|&lt;|&#96;|\\n|\\||<@1>|https://x|~~~| ){0,40}",
        ]) {
            let names = BTreeMap::from([(1, "<@Ann` #1 &".to_owned())]);
            let out = quiet(&text, &names);
            prop_assert_eq!(quiet(&out, &names), out.clone());
            for block in out.split("```").step_by(2) {
                let mut chars = block.chars().peekable();
                let code = block.contains('`');
                while let Some(c) = chars.next() {
                    let next = chars.peek().copied();
                    if c == '@' && !code {
                        prop_assert!(next.is_none_or(|next| next == BREAK || next.is_whitespace()), "{out}");
                    }
                    prop_assert!(c != '<' || code || next == Some(BREAK), "{out}");
                }
            }
            prop_assert_eq!(out.matches("```").count() % 2, 0);
        }
    }
}
