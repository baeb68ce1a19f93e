//! The text of an issue, out of a help thread.
//!
//! What people wrote stays as they wrote it, code blocks above all. Changed is only what would do
//! something on GitHub: mentions ping nobody, `#12` and `GH-12` point nowhere, comments of HTML do not hide
//! anything. Discord's own marks become words: `<@1>` a name, `<t:…>` an instant, `<:wave:1>` `:wave:`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::domain::{Timestamp, from_millis};
use crate::text::clean;

/// How long an issue's text may be, in characters, with room for the mark that is added.
/// Source: what GitHub answers ("body is too long (maximum is 65536 characters)").
pub const BODY_LIMIT: usize = 65_000;

/// How long a title may be. Source: as above.
pub const TITLE_LIMIT: usize = 256;

/// Shows nothing and breaks a mention in two.
const ZERO_WIDTH_SPACE: char = '\u{200b}';

/// One message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// Who wrote it: text from people.
    pub author: String,
    /// Whether the author is on the team.
    pub staff: bool,
    /// When.
    pub at: Timestamp,
    /// What, as Discord has it.
    pub content: String,
    /// The names of people whom it mentions, by id.
    pub names: BTreeMap<u64, String>,
    /// What is attached: name and size in bytes.
    pub attachments: Vec<(String, u64)>,
}

/// A thread, as it goes into an issue.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conversation {
    /// The question.
    pub question: Vec<Part>,
    /// What was said after it, by others and by the asker.
    pub answers: Vec<Part>,
    /// How many messages follow that were not read.
    pub more: bool,
    /// Where it is.
    pub link: String,
}

/// The whole text, at most [`BODY_LIMIT`] characters; what is cut is said.
pub fn body(conversation: &Conversation) -> String {
    let end = ending(conversation);
    let room = BODY_LIMIT.saturating_sub(end.chars().count());
    let mut text = String::new();
    for part in &conversation.question {
        text.push_str(quiet(&part.content, &part.names).trim());
        text.push_str("\n\n");
    }
    if !conversation.answers.is_empty() {
        text.push_str("### The conversation so far\n\n");
    }
    for part in &conversation.answers {
        let said = quiet(&part.content, &part.names);
        // Writing to a String cannot fail.
        write!(text, "{}\n\n{}\n\n", byline(part), said.trim()).unwrap_or_default();
    }
    format!("{}{end}", cut(text.trim(), room))
}

fn byline(part: &Part) -> String {
    format!(
        "**{}**{}, {}:",
        clean::plain(&part.author, 40),
        if part.staff { " (team)" } else { "" },
        moment(part.at)
    )
}

fn moment(at: Timestamp) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}

/// What stands under every issue: attachments, who took part, where it comes from.
fn ending(conversation: &Conversation) -> String {
    let mut end = String::new();
    let all = || conversation.question.iter().chain(&conversation.answers);
    let attachments: Vec<&(String, u64)> = all().flat_map(|part| &part.attachments).collect();
    if !attachments.is_empty() {
        end.push_str("\n\n### Attachments\n\nThey are in the thread on Discord, whose links to files expire:\n\n");
        for (name, bytes) in attachments {
            writeln!(end, "* {} ({})", clean::plain(name, 80), size(*bytes)).unwrap_or_default();
        }
        end.truncate(end.trim_end().len());
    }
    let mut people: Vec<String> = Vec::new();
    let asker = conversation
        .question
        .first()
        .map(|part| part.author.as_str());
    for part in all() {
        let role = match (part.staff, asker == Some(part.author.as_str())) {
            (_, true) => " (asked)",
            (true, false) => " (team)",
            (false, false) => "",
        };
        let person = format!("{}{role}", clean::plain(&part.author, 40));
        if !people.contains(&person) {
            people.push(person);
        }
    }
    let more = if conversation.more {
        " The thread goes on there."
    } else {
        ""
    };
    write!(
        end,
        "\n\n---\nFrom [a help thread on Discord]({}).{more}",
        conversation.link,
    )
    .unwrap_or_default();
    if !people.is_empty() {
        write!(end, " Took part: {}.", people.join(", ")).unwrap_or_default();
    }
    end
}

fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10),
    }
}

/// A text of at most `most` characters, cut at a character's end and with a word about it. A code
/// block that the cut leaves open is closed.
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
    }
    out.push_str(&mark(length - kept));
    out
}

fn fences(text: &str) -> usize {
    text.matches("```").count()
}

/// A line for the title: no mention, no line break, at most [`TITLE_LIMIT`] characters.
pub fn title(text: &str) -> String {
    let one_line: Vec<&str> = text.split_whitespace().collect();
    let title: String = defuse(&one_line.join(" "), &BTreeMap::new());
    if title.chars().count() <= TITLE_LIMIT {
        return title;
    }
    let kept: String = title.chars().take(TITLE_LIMIT - 1).collect();
    format!("{kept}…")
}

/// A text that does nothing on GitHub. Code, in blocks and in lines, is left as it is; a block that
/// is not closed is closed.
pub fn quiet(text: &str, names: &BTreeMap<u64, String>) -> String {
    let mut out = String::with_capacity(text.len());
    let blocks = text.split("```");
    let count = blocks.clone().count();
    for (at, block) in blocks.enumerate() {
        if at > 0 {
            out.push_str("```");
        }
        if at % 2 == 1 {
            out.push_str(block);
            continue;
        }
        for (at, span) in block.split('`').enumerate() {
            if at > 0 {
                out.push('`');
            }
            // A backtick without its partner makes no code.
            if at % 2 == 1 && at + 1 < block.split('`').count() {
                out.push_str(span);
            } else {
                out.push_str(&defuse(span, names));
            }
        }
    }
    if count.is_multiple_of(2) {
        out.push_str("\n```");
    }
    out
}

/// Text outside of code, made harmless.
fn defuse(text: &str, names: &BTreeMap<u64, String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some((mark, after)) = discord_mark(rest, names) {
            out.push_str(&mark);
            rest = after;
            continue;
        }
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
        let next = rest.chars().next();
        match c {
            '@' if next.is_some_and(char::is_alphanumeric) => out.extend([c, ZERO_WIDTH_SPACE]),
            '#' if next.is_some_and(|next| next.is_ascii_digit()) => {
                out.extend([c, ZERO_WIDTH_SPACE]);
            }
            '-' if next.is_some_and(|next| next.is_ascii_digit())
                && out.to_ascii_lowercase().ends_with("gh") =>
            {
                out.extend([c, ZERO_WIDTH_SPACE]);
            }
            '<' if rest.starts_with("!--") => out.push_str("&lt;"),
            _ => out.push(c),
        }
    }
    out
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
        format!("**{}**", clean::plain(name, 40))
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
    use insta::assert_snapshot;
    use proptest::prelude::*;

    use super::*;

    fn part(author: &str, staff: bool, content: &str) -> Part {
        Part {
            author: author.to_owned(),
            staff,
            at: from_millis(1_794_992_400_000).unwrap(),
            content: content.to_owned(),
            ..Part::default()
        }
    }

    #[test]
    fn a_thread_becomes_an_issue() {
        let mut question = part(
            "Ann",
            false,
            "It turns left, <@5>!\n```rust\nlet x = \"@everyone #1\";\n```\nSince 1.3.",
        );
        question.names.insert(5, "Eva @ work".to_owned());
        question
            .attachments
            .push(("crash_1.log".to_owned(), 12_345));
        let conversation = Conversation {
            question: vec![question],
            answers: vec![
                part("Eva", true, "Thanks! Is it #12, @acme/core?"),
                part("Ann", false, "no <:sad:123> at <t:1794992400:F>"),
            ],
            more: true,
            link: "https://discord.com/channels/1/2".to_owned(),
        };
        let text = body(&conversation).replace('\u{200b}', "¦");
        assert_snapshot!(text, @r#"
        It turns left, **Eva \@¦ work**!
        ```rust
        let x = "@everyone #1";
        ```
        Since 1.3.

        ### The conversation so far

        **Eva** (team), 2026-11-18 09:00 UTC:

        Thanks! Is it #¦12, @¦acme/core?

        **Ann**, 2026-11-18 09:00 UTC:

        no :sad: at 2026-11-18 09:00 UTC

        ### Attachments

        They are in the thread on Discord, whose links to files expire:

        * crash\_1\.log (12 kB)

        ---
        From [a help thread on Discord](https://discord.com/channels/1/2). The thread goes on there. Took part: Ann (asked), Eva (team).
        "#);
    }

    #[test]
    fn nothing_in_it_acts() {
        let none = BTreeMap::new();
        for (text, out) in [
            ("@octocat", "@\u{200b}octocat"),
            ("fixes #7 and GH-8", "fixes #\u{200b}7 and GH-\u{200b}8"),
            ("<!-- sameday:1 -->", "&lt;!-- sameday:1 -->"),
            ("`@octocat` and ``", "`@octocat` and ``"),
            ("one ` @octocat", "one ` @\u{200b}octocat"),
            ("```\n@octocat", "```\n@octocat\n```"),
            ("<@&9> in <#8>", "a role in a channel"),
            ("a < b > c", "a < b > c"),
        ] {
            assert_eq!(quiet(text, &none), out);
        }
    }

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
        assert_eq!(cut("short", 200), "short");
        assert_eq!(title(&"w ".repeat(300)).chars().count(), TITLE_LIMIT);
        assert_eq!(title(" a\n@b "), "a @\u{200b}b");
    }

    proptest! {
        #[test]
        fn whatever_people_write_pings_nobody(text in prop_oneof![
            "\\PC{0,200}",
            "[<@#!:&>`a-z0-9\\n -]{0,200}",
        ]) {
            let out = quiet(&text, &BTreeMap::new());
            let outside: String = out.split("```").step_by(2).collect();
            let mut chars = outside.chars().peekable();
            let spans = outside.contains('`');
            while let Some(c) = chars.next() {
                if c == '@' && !spans {
                    prop_assert!(!chars.peek().is_some_and(|next| next.is_alphanumeric()), "{out}");
                }
            }
            prop_assert_eq!(fences(&out) % 2, 0);
        }

        #[test]
        fn a_body_is_never_too_long(text in "\\PC{0,300}", times in 1_usize..400) {
            let conversation = Conversation {
                question: vec![part("Ann", false, &text.repeat(times))],
                ..Conversation::default()
            };
            prop_assert!(body(&conversation).chars().count() <= BODY_LIMIT);
        }
    }
}
