//! How long things on GitHub may be, and what is cut with a word about it.

use std::collections::BTreeMap;

use super::quiet::{BREAK, quiet};

/// How long an issue's text may be, in characters, with room for the mark that is added.
/// Source: what GitHub answers ("body is too long (maximum is 65536 characters)").
pub const BODY_LIMIT: usize = 65_000;

/// How long a title may be. Source: as above.
pub const TITLE_LIMIT: usize = 256;

/// A quiet text of at most `most` characters, cut at a character's end and with a word about it. A code
/// block that the cut leaves open is closed, and code in a line that it leaves open goes: what stood in it
/// would act.
pub fn cut(text: &str, most: usize) -> String {
    let length = text.chars().count();
    if length <= most {
        return text.to_owned();
    }
    let mark = |left: usize| format!("\n\n*(cut here: {left} characters more are in the thread)*");
    let kept = most.saturating_sub(mark(length).chars().count() + 5);
    let mut out: String = text.chars().take(kept).collect();
    if fences(&out) % 2 == 1 {
        out.push_str("\n```");
    } else {
        let last = out.rfind('\n').map_or(0, |at| at + 1);
        let line = out.get(last..).unwrap_or_default();
        if let Some(code) = line.find('`')
            && quiet(line, &BTreeMap::new()) != line
        {
            out.truncate(last + code);
        }
    }
    let kept = out.chars().count().min(kept);
    out.push_str(&mark(length - kept));
    out
}

fn fences(text: &str) -> usize {
    text.matches("```").count()
}

/// A line for the title: no mention, no line break, at most [`TITLE_LIMIT`] characters.
pub fn title(text: &str) -> String {
    let one_line: Vec<&str> = text.split_whitespace().collect();
    // Of all that GitHub knows only a mention could do something here.
    let broken = format!("@{BREAK}");
    let title = one_line
        .join(" ")
        .replace(&broken, "@")
        .replace('@', &broken);
    if title.chars().count() <= TITLE_LIMIT {
        return title;
    }
    let kept: String = title.chars().take(TITLE_LIMIT - 1).collect();
    format!("{kept}…")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_is_said() {
        let long = "ä".repeat(500);
        let short = cut(&long, 200);
        assert!(short.chars().count() <= 200);
        assert!(
            short.ends_with("characters more are in the thread)*"),
            "{short}"
        );
        let code = cut(&format!("```\n{long}\n```"), 200);
        assert_eq!(fences(&code) % 2, 0, "{code}");
        let named = quiet(
            &format!("{}`@octocat {}`", "a".repeat(100), "b".repeat(99)),
            &BTreeMap::new(),
        );
        assert!(
            named.contains("`@octocat"),
            "code is left as it is: {named}"
        );
        let named = cut(&named, 200);
        assert!(!named.contains("@octocat"), "{named}");
        assert_eq!(cut("short", 200), "short");
        assert_eq!(title(&"w ".repeat(300)).chars().count(), TITLE_LIMIT);
        assert_eq!(title(" a\n@b "), "a @\u{200b}b");
    }
}
