//! Text from elsewhere, made harmless.
//!
//! Whatever goes in (any Unicode, any length), what comes out is one line of plain words: no
//! mention, no link, no Markdown, no line break, no character that reorders or hides others.

/// The text as one line of at most `max` visible characters that Discord shows as it is.
///
/// The result can be up to four times as long as `max`, because punctuation is escaped.
pub fn plain(text: &str, max: usize) -> String {
    let mut kept: Vec<char> = Vec::with_capacity(max.min(text.len()));
    let mut cut = false;
    for c in text.chars() {
        let c = if is_blank(c) { ' ' } else { c };
        if is_hidden(c) || (c == ' ' && kept.last().is_none_or(|last| *last == ' ')) {
            continue;
        }
        if kept.len() == max {
            cut = true;
            break;
        }
        kept.push(c);
    }
    if cut {
        kept.pop();
        kept.push('…');
    }
    let mut out = String::with_capacity(kept.len() * 2);
    for c in kept {
        // Discord takes a backslash before any ASCII punctuation as "this means itself".
        if c.is_ascii_punctuation() {
            out.push('\\');
        }
        out.push(c);
        // Mentions are found before Markdown is read, so no backslash helps against them.
        if matches!(c, '@' | '<' | '#' | '&') {
            out.push(ZERO_WIDTH_SPACE);
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// Shows nothing and breaks a mention in two.
const ZERO_WIDTH_SPACE: char = '\u{200b}';

/// Line breaks, tabs and every other kind of white space.
fn is_blank(c: char) -> bool {
    c.is_whitespace()
}

/// Characters that show nothing themselves but change what stands around them.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}'
            // Zero-width spaces and marks of direction. The two joiners (200C, 200D) stay: Persian
            // words and family emoji need them.
            | '\u{200b}' | '\u{200e}' | '\u{200f}'
            // Embeddings, overrides, isolates, invisible operators.
            | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            // Tags, which can spell whole hidden sentences.
            | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn plain_words_stay_plain() {
        assert_eq!(
            plain("  How do I\tbuild this\r\n ", 80),
            "How do I build this"
        );
        assert_eq!(plain("Grüße, 日本語 👩‍👩‍👧", 80), "Grüße\\, 日本語 👩‍👩‍👧");
        assert_eq!(plain("", 80), "");
        assert_eq!(plain("abcdef", 4), "abc…");
        assert_eq!(plain("abcd", 4), "abcd");
    }

    #[test]
    fn nothing_in_it_works() {
        assert_eq!(
            plain("@everyone <@1> [x](https://e.vil) \u{202e}# **hi**", 80),
            "\\@\u{200b}everyone \\<\u{200b}\\@\u{200b}1\\> \\[x\\]\\(https\\:\\/\\/e\\.vil\\) \
             \\#\u{200b} \\*\\*hi\\*\\*"
        );
    }

    proptest! {
        #[test]
        fn whatever_people_write_is_one_harmless_line(
            text in prop_oneof![
                "\\PC{0,200}",
                proptest::collection::vec(any::<char>(), 0..4_000).prop_map(String::from_iter),
                "[<@#&!:/\\[\\]()*_`~|>\\\\0-9a-z\\s\u{202a}-\u{202e}\u{2028}]{0,4000}",
            ],
            max in 1_usize..120,
        ) {
            let out = plain(&text, max);
            let shown: String = out.chars().filter(|c| !matches!(c, '\\' | '\u{200b}')).collect();
            prop_assert!(shown.chars().count() <= max);
            prop_assert!(out.chars().count() <= 4 * max);
            let broken = |c: char| c.is_control() || matches!(c, '\u{2028}'..='\u{202e}');
            prop_assert!(!out.contains(broken));
            for mention in ["<@", "<#", "<t:", "</", "<:", "<a:", "<id:", "@everyone", "@here", "](", "://"] {
                prop_assert!(!out.contains(mention), "{mention} in {out:?}");
            }
            // Every mark that Markdown could take is escaped.
            let mut chars = out.chars();
            while let Some(c) = chars.next() {
                if c == '\\' {
                    prop_assert!(chars.next().is_some_and(|c| c.is_ascii_punctuation()));
                } else {
                    prop_assert!(!c.is_ascii_punctuation());
                }
            }
        }
    }
}
