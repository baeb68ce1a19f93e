//! Which words of a title say what it is about, and how much two titles have in common.

use std::collections::BTreeSet;

/// Words that every question has.
const COMMON: [&str; 48] = [
    "about", "after", "again", "also", "and", "any", "anyone", "are", "been", "but", "can",
    "cannot", "could", "does", "doesn", "don", "for", "from", "get", "has", "have", "help", "how",
    "into", "isn", "issue", "just", "like", "need", "not", "please", "problem", "question", "some",
    "that", "the", "there", "this", "try", "trying", "use", "using", "when", "with", "won", "work",
    "working", "you",
];

/// The words of a text that say what it is about, in lower case, each once, in order.
pub fn telling_words(text: &str) -> Vec<String> {
    let mut seen = BTreeSet::new();
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
        .map(str::to_lowercase)
        .filter(|word| word.chars().count() > 2 && !COMMON.contains(&word.as_str()))
        .filter(|word| seen.insert(word.clone()))
        .collect()
}

/// How much two texts are about the same: from 0, nothing in common, to 100, the same words.
pub fn likeness(one: &str, other: &str) -> u32 {
    let one: BTreeSet<String> = telling_words(one).into_iter().collect();
    let other: BTreeSet<String> = telling_words(other).into_iter().collect();
    let shared = one.intersection(&other).count();
    let all = one.union(&other).count();
    let percent = (shared * 100).checked_div(all).unwrap_or(0);
    u32::try_from(percent).unwrap_or(100)
}
