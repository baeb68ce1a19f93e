//! Messages that need no answer: "thanks!", a thumbs-up.
//!
//! Conservative on purpose: a message that is taken for thanks and is a question leaves somebody
//! waiting, the other way round somebody looks once more than they had to. So every word of the
//! message must be in the list, and whatever holds a question mark, a link, a picture or one strange
//! word needs an answer. Where Discord keeps the text of messages from us, all of them do.

use std::collections::BTreeSet;

/// What says that no answer is needed, unless the settings say otherwise.
pub const USUAL: [&str; 34] = [
    "thanks",
    "thank you",
    "thx",
    "ty",
    "many thanks",
    "thanks a lot",
    "thank you so much",
    "thank you very much",
    "thanks so much",
    "thanks again",
    "cheers",
    "ok",
    "okay",
    "got it",
    "will do",
    "that worked",
    "it works",
    "it works now",
    "works now",
    "that fixed it",
    "that solved it",
    "solved",
    "danke",
    "merci",
    "gracias",
    "👍",
    "🙏",
    "❤",
    "🎉",
    "✅",
    "👌",
    "🙂",
    "😊",
    "🙌",
];

/// How long a message may be to be looked at, in bytes.
pub const LONGEST: usize = 120;

/// What says that no answer is needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoReply {
    /// Each as its words.
    phrases: BTreeSet<Vec<String>>,
}

impl Default for NoReply {
    fn default() -> Self {
        Self::of(USUAL)
    }
}

impl NoReply {
    /// Of these words and phrases. One that has no words in it says nothing.
    pub fn of<'a>(phrases: impl IntoIterator<Item = &'a str>) -> Self {
        let phrases = phrases.into_iter().filter_map(words);
        Self {
            phrases: phrases.filter(|words| !words.is_empty()).collect(),
        }
    }

    /// Whether a message is made of these phrases, and of them alone.
    pub fn covers(&self, text: &str) -> bool {
        if text.len() > LONGEST {
            return false;
        }
        let Some(words) = words(text).filter(|words| !words.is_empty()) else {
            return false;
        };
        // Up to each word: whether phrases add up to what stands before it.
        let mut reached = vec![false; words.len() + 1];
        if let Some(start) = reached.first_mut() {
            *start = true;
        }
        for from in 0..words.len() {
            if reached.get(from) != Some(&true) {
                continue;
            }
            let rest = words.get(from..).unwrap_or_default();
            for phrase in self
                .phrases
                .iter()
                .filter(|phrase| rest.starts_with(phrase))
            {
                if let Some(end) = reached.get_mut(from + phrase.len()) {
                    *end = true;
                }
            }
        }
        reached.last() == Some(&true)
    }
}

/// The words of a text in lower case, each emoji one of them; people who are mentioned are none.
/// `None` when there is something in it that may want an answer.
fn words(text: &str) -> Option<Vec<String>> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        if c.is_alphanumeric() || c == '\'' || c == '’' {
            word.extend(c.to_lowercase());
            continue;
        }
        if !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        match c {
            // Half of the smileys that are not content; the last one joins emoji into one that is not
            // in the list.
            '?' | '？' | '؟' | '`' | '/' | '(' | '\u{200d}' => return None,
            '<' => skip_mention(&mut rest)?,
            // The look of the emoji before it: its variant, its skin.
            '\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}' => {}
            c if c.is_whitespace() || c.is_ascii_punctuation() || c == '…' => {}
            emoji => words.push(emoji.to_string()),
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    Some(words)
}

/// Skips `@123>` and `@!123>`; anything else in pointed brackets may want an answer.
fn skip_mention(rest: &mut std::str::Chars<'_>) -> Option<()> {
    let text = rest.as_str();
    let (mention, after) = text.split_once('>')?;
    let id = mention.strip_prefix('@')?;
    let id = id.strip_prefix('!').unwrap_or(id);
    let is_person = !id.is_empty() && id.chars().all(|c| c.is_ascii_digit());
    is_person.then(|| *rest = after.chars())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn thanks_need_no_answer() {
        let usual = NoReply::default();
        for text in [
            "thanks",
            "Thanks!",
            "THANK YOU so much!!! 🙏🏽",
            "ok, thanks",
            "<@123> thanks again 👍",
            "❤️",
            "It works now. Thanks a lot.",
            "that fixed it, ty 🎉🎉",
        ] {
            assert!(usual.covers(text), "{text}");
        }
    }

    #[test]
    fn whatever_may_be_a_question_does() {
        let usual = NoReply::default();
        for text in [
            "",
            "   ",
            "!!!",
            "thanks, but it still fails",
            "thanks?",
            "ok?",
            "thanks https://example.com",
            "thank",
            "you",
            "no thanks to you",
            "<@&5> thanks",
            "<:custom:123>",
            "👎",
            "thanks :(",
            "ok :/",
            "works now on Linux",
            "👨‍👩‍👧",
            "```thanks```",
        ] {
            assert!(!usual.covers(text), "{text}");
        }
        assert!(!usual.covers(&"thanks ".repeat(100)));
    }

    #[test]
    fn the_list_is_the_settings_own() {
        let own = NoReply::of(["Tack så mycket", "", "?"]);
        assert!(own.covers("tack så mycket!"));
        assert!(!own.covers("tack"));
        assert!(!own.covers("thanks"));
        assert!(!NoReply::of([]).covers("thanks"));
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC{0,60}|[<@!0-9> a-z👍🏽?]{0,60}") {
            let usual = NoReply::default();
            let covered = usual.covers(&text);
            prop_assert!(!covered || !text.contains('?'));
        }
    }
}
