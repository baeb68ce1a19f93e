//! The text of an issue, out of a help thread.
//!
//! What people wrote stays as they wrote it, code blocks above all, but for its secrets, which are looked
//! for before anything else is changed, and for what would do something on GitHub ([`quiet`]).

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::attached::{left_out, linked, named};
use super::length::{BODY_LIMIT, cut};
use super::quiet::{moment, quiet};
use super::secrets::redact;
use crate::domain::Timestamp;
use crate::domain::ids::UserId;
use crate::domain::issue::file::Attached;
use crate::text::clean;

/// One message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// Who wrote it.
    pub by: Option<UserId>,
    /// Their name: text from people.
    pub author: String,
    /// Whether the author is on the team.
    pub staff: bool,
    /// When.
    pub at: Timestamp,
    /// What, as Discord has it.
    pub content: String,
    /// The names of people whom it mentions, by id.
    pub names: BTreeMap<u64, String>,
    /// What is attached.
    pub attachments: Vec<Attached>,
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

impl Conversation {
    /// What is attached to its messages.
    pub fn files(&mut self) -> impl Iterator<Item = &mut Attached> {
        let parts = self.question.iter_mut().chain(&mut self.answers);
        parts.flat_map(|part| &mut part.attachments)
    }
}

/// The whole text, at most [`BODY_LIMIT`] characters, and how many secrets were taken out; what is cut is
/// said.
pub fn body(conversation: &Conversation) -> (String, u32) {
    let (conversation, secrets) = without_secrets(conversation);
    let end = ending(&conversation);
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
    (format!("{}{end}", cut(text.trim(), room)), secrets)
}

/// Secrets are looked for in what people wrote, before anything in it is broken or cut.
pub(super) fn without_secrets(conversation: &Conversation) -> (Conversation, u32) {
    let mut clean = conversation.clone();
    let mut count = 0;
    let mut redacted = |text: &mut String| {
        let (clean, found) = redact(text);
        *text = clean;
        count += found;
    };
    for part in clean.question.iter_mut().chain(&mut clean.answers) {
        redacted(&mut part.author);
        redacted(&mut part.content);
        part.names.values_mut().for_each(&mut redacted);
        part.attachments
            .iter_mut()
            .for_each(|file| redacted(&mut file.name));
    }
    (clean, count)
}

fn byline(part: &Part) -> String {
    format!(
        "**{}**{}, {}:",
        clean::plain(&part.author, 40),
        if part.staff { " (team)" } else { "" },
        moment(part.at)
    )
}

/// What stands under every issue: attachments, who took part, where it comes from.
fn ending(conversation: &Conversation) -> String {
    let mut end = String::new();
    let all = || conversation.question.iter().chain(&conversation.answers);
    let attachments: Vec<&Attached> = all().flat_map(|part| &part.attachments).collect();
    if !attachments.is_empty() {
        end.push_str("\n\n### Attachments\n\n");
        let some_go_along = attachments.iter().any(|file| file.link.is_some());
        if !some_go_along {
            end.push_str("They are in the thread on Discord, whose links to files expire:\n\n");
        }
        for file in attachments {
            let entry = match &file.link {
                Some(link) => linked(file, link),
                None if some_go_along => left_out(file),
                None => named(file),
            };
            writeln!(end, "* {entry}").unwrap_or_default();
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

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use proptest::prelude::*;

    use super::*;
    use crate::domain::from_millis;
    use crate::domain::ids::{ChannelId, MessageId};
    use crate::text::issue::attached::without;

    fn part(author: &str, staff: bool, content: &str) -> Part {
        Part {
            author: author.to_owned(),
            staff,
            at: from_millis(1_794_992_400_000).unwrap(),
            content: content.to_owned(),
            ..Part::default()
        }
    }

    fn file(name: &str) -> Attached {
        Attached {
            id: 1,
            message: MessageId(2),
            channel: ChannelId(3),
            name: name.to_owned(),
            bytes: 12_345,
            url: String::new(),
            link: None,
        }
    }

    #[test]
    fn a_file_that_did_not_come_is_named() {
        let mut part = part("Ann", false, "see");
        part.attachments = vec![file("a_1.log"), file("b.zip")];
        let link = "https://acme.example/files/0f".to_owned();
        part.attachments[0].link = Some(link.clone());
        let file = part.attachments[0].clone();
        let conversation = Conversation {
            question: vec![part],
            ..Conversation::default()
        };
        let (text, _) = body(&conversation);
        let text = format!("{text}\nagain: {link}");
        assert_eq!(quiet(&text, &BTreeMap::new()), text);
        let lost = without(&text, &file, "https://discord.com/channels/1/3/2");
        let both = [text, lost].map(|text| text.split_once("### ").unwrap().1.to_owned());
        assert_snapshot!(both.join("\n\n"), @r"
        Attachments

        * [a\_1\.log](https://acme.example/files/0f) (12 kB)
        * b\.zip (12 kB), only in the thread on Discord

        ---
        From [a help thread on Discord](). Took part: Ann (asked).
        again: https://acme.example/files/0f

        Attachments

        * a\_1\.log (12 kB), only in the thread on Discord
        * b\.zip (12 kB), only in the thread on Discord

        ---
        From [a help thread on Discord](). Took part: Ann (asked).
        again: https://discord.com/channels/1/3/2
        ");
    }

    #[test]
    fn a_thread_becomes_an_issue() {
        let mut question = part(
            "Ann",
            false,
            "It turns left, <@5>!\n```rust\nlet x = \"@everyone #1\";\n```\nSince 1.3.",
        );
        question.names.insert(5, "Eva @ work".to_owned());
        question.attachments.push(file("crash_1.log"));
        let conversation = Conversation {
            question: vec![question],
            answers: vec![
                part("Eva", true, "Thanks! Is it #12, @acme/core?"),
                part("Ann", false, "no <:sad:123> at <t:1794992400:F>"),
            ],
            more: true,
            link: "https://discord.com/channels/1/2".to_owned(),
        };
        let (text, _) = body(&conversation);
        let text = text.replace('\u{200b}', "¦");
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
    fn secrets_are_found_before_anything_hides_them() {
        let conversation = Conversation {
            question: vec![part(
                "ann@mail.example.org",
                false,
                "ask ben@mail.example.org",
            )],
            ..Conversation::default()
        };
        let (text, secrets) = body(&conversation);
        assert!(!text.contains("mail"), "{text}");
        assert_eq!(secrets, 2);
    }

    proptest! {
        // Looking for secrets in megabytes takes its time without optimisation.
        #![proptest_config(ProptestConfig::with_cases(16))]

        #[test]
        fn a_body_is_never_too_long(text in "\\PC{0,300}", times in 1_usize..400) {
            let conversation = Conversation {
                question: vec![part("Ann", false, &text.repeat(times))],
                ..Conversation::default()
            };
            prop_assert!(body(&conversation).0.chars().count() <= BODY_LIMIT);
        }
    }
}
