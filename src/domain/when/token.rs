//! Texts as numbers, words and marks.

/// A piece of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token<'text> {
    pub(super) kind: Kind<'text>,
    /// Whether it follows the piece before it without a space.
    pub(super) joined: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind<'text> {
    /// ASCII digits, and how many they are.
    Number { value: u32, digits: usize },
    /// Letters of any script.
    Word(&'text str),
    /// Anything else that is no space.
    Mark(char),
}

/// The pieces of `text`, in order. `None` when it has a number of more than nine digits: no date
/// has one.
pub(super) fn split(text: &str) -> Option<Vec<Token<'_>>> {
    let mut tokens = Vec::new();
    let mut rest = text;
    let mut joined = false;
    while let Some(first) = rest.chars().next() {
        let is_same: fn(char) -> bool = match first {
            c if c.is_whitespace() => char::is_whitespace,
            c if c.is_ascii_digit() => |c| c.is_ascii_digit(),
            c if c.is_alphabetic() => char::is_alphabetic,
            _ => |_| false,
        };
        let length = rest
            .find(|c| !is_same(c))
            .filter(|length| *length > 0)
            .unwrap_or(if is_same(first) {
                rest.len()
            } else {
                first.len_utf8()
            });
        let (piece, after) = rest.split_at_checked(length)?;
        rest = after;
        if first.is_whitespace() {
            joined = false;
            continue;
        }
        let kind = if first.is_ascii_digit() {
            Kind::Number {
                value: (piece.len() <= 9).then(|| piece.parse().ok()).flatten()?,
                digits: piece.len(),
            }
        } else if first.is_alphabetic() {
            Kind::Word(piece)
        } else {
            Kind::Mark(first)
        };
        tokens.push(Token { kind, joined });
        joined = true;
    }
    Some(tokens)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces() {
        let kinds = |text| {
            let tokens = split(text).unwrap();
            tokens
                .into_iter()
                .map(|token| {
                    let joined = if token.joined { "+" } else { "" };
                    match token.kind {
                        Kind::Number { value, digits } => format!("{joined}{value}/{digits}"),
                        Kind::Word(word) => format!("{joined}{word}"),
                        Kind::Mark(mark) => format!("{joined}'{mark}'"),
                    }
                })
                .collect::<Vec<_>>()
                .join(" ")
        };
        for (text, expected) in [
            ("", ""),
            (" \u{a0}\t", ""),
            ("1h30m", "1/1 +h +30/2 +m"),
            ("1.12. 09:05", "1/1 +'.' +12/2 +'.' 9/2 +':' +5/2"),
            ("naïve 😀x", "naïve '😀' +x"),
            ("\u{661}", "'\u{661}'"),
        ] {
            assert_eq!(kinds(text), expected, "{text:?}");
        }
        assert_eq!(split("1234567890"), None);
    }
}
