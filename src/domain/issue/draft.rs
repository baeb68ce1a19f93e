//! A draft: an issue as it will be, until GitHub has it or somebody lets it go.

use serde::{Deserialize, Serialize};

use super::file::Attached;
use super::{IssueName, Section};
use crate::domain::ids::UserId;

/// What is kept of an issue that is not opened yet. It holds text from people, so it is kept only
/// as long as it is needed: until GitHub has it, it is withdrawn, its time is over, or its thread is gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// The repository it is for.
    pub repository: String,
    /// Its title.
    pub title: String,
    /// Its text, complete, without the mark that is added when it is sent.
    pub body: String,
    /// Its labels.
    pub labels: Vec<String>,
    /// The repository's form or template that it was filled into, if any.
    #[serde(default)]
    pub template: Option<String>,
    /// What the form gives to choose from, as it stands in the text.
    #[serde(default)]
    pub choices: Vec<Section>,
    /// The issues that may be about the same, as they were shown.
    #[serde(default)]
    pub similar: Vec<Similar>,
    /// The files that may go along: those whose address on our page still stands in the text.
    #[serde(default)]
    pub files: Vec<Attached>,
    /// How many secrets were taken out of it.
    pub redacted: u32,
    /// How many messages had no text because Discord does not show it to us.
    pub unseen: u32,
    /// Whether GitHub could not be searched for issues that may be about the same.
    #[serde(default)]
    pub unsearched: bool,
    /// Who made it.
    pub by: UserId,
    /// A number nobody can guess: with it the issue is found again on GitHub.
    pub mark: String,
}

/// An issue that may be about the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Similar {
    /// Which.
    pub name: IssueName,
    /// Its title: text from people.
    pub title: String,
    /// How many threads hang on it.
    pub threads: u32,
}

/// How far a draft has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DraftState {
    /// It is looked at and edited.
    Preview,
    /// The asker was asked whether it may be opened.
    Asked,
    /// It is on its way to GitHub.
    Ordered,
}

impl DraftState {
    /// As it stands in the table.
    pub fn word(self) -> &'static str {
        match self {
            Self::Preview => "preview",
            Self::Asked => "asked",
            Self::Ordered => "ordered",
        }
    }

    /// From the table, whose own check admits no other words.
    pub fn of_word(word: &str) -> Self {
        match word {
            "preview" => Self::Preview,
            "asked" => Self::Asked,
            _ => Self::Ordered,
        }
    }
}

/// Whether the asker has a say before their words go to GitHub.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Consent {
    /// The asker is told when they are there.
    #[default]
    Tell,
    /// The asker is asked first.
    Ask,
    /// Only the thread is told. That a secret is to be changed, the asker is told in any case.
    Off,
}

impl Draft {
    /// The hidden line by which the issue is found again.
    pub fn marker(&self) -> String {
        format!("<!-- sameday:{} -->", self.mark)
    }

    /// A text with the mark, as it is sent.
    pub fn marked(&self, body: &str) -> String {
        format!("{}\n\n{}\n", body.trim_end(), self.marker())
    }

    /// The files that go along: whoever takes the address of one out of the text keeps it back.
    pub fn files_along(&self) -> impl Iterator<Item = &Attached> {
        let linked = |file: &&Attached| {
            let mut link = file.link.iter();
            link.any(|link| self.body.contains(link.as_str()))
        };
        self.files.iter().filter(linked)
    }
}
