//! What a repository asks of an issue: its issue forms and templates, filled from a thread.

use serde::{Deserialize, Serialize};

use crate::domain::triage::Kind;

/// What GitHub itself writes where somebody left a field of a form empty.
const NO_RESPONSE: &str = "_No response_";

/// A form or a template of a repository.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    /// What it is called.
    pub name: String,
    /// What titles begin with.
    pub title: String,
    /// The labels of issues made with it.
    pub labels: Vec<String>,
    /// Its parts, in order.
    pub sections: Vec<Section>,
}

/// A part of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    /// Its head; a text before the first head has none.
    pub heading: Option<String>,
    /// What stands in it already.
    pub text: String,
    /// How well what was written in the thread belongs here.
    pub takes: Takes,
    /// What is to be chosen from, if that is what it asks.
    #[serde(default)]
    pub choice: Option<Choice>,
}

/// What a form gives to choose from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// The options, in order: text from people.
    pub options: Vec<String>,
    /// Whether several may be chosen.
    pub many: bool,
    /// Whether they are boxes to be ticked.
    pub boxes: bool,
    /// Which are chosen, by their places.
    #[serde(default)]
    pub chosen: Vec<usize>,
}

impl Choice {
    /// The answer as GitHub writes it.
    pub fn answer(&self) -> String {
        let is_chosen = |at: usize| self.chosen.contains(&at);
        let options = self.options.iter().enumerate();
        if self.boxes {
            let lines = options.map(|(at, option)| {
                let tick = if is_chosen(at) { 'X' } else { ' ' };
                format!("- [{tick}] {option}")
            });
            return lines.collect::<Vec<_>>().join("\n");
        }
        let chosen = options.filter(|(at, _)| is_chosen(*at));
        let chosen: Vec<&str> = chosen.map(|(_, option)| option.as_str()).collect();
        if chosen.is_empty() {
            NO_RESPONSE.to_owned()
        } else {
            chosen.join(", ")
        }
    }
}

impl Section {
    /// The question and its answer, as they stand in the issue; `None` where there is nothing to choose.
    pub fn asked(&self) -> Option<String> {
        let (heading, choice) = (self.heading.as_ref()?, self.choice.as_ref()?);
        Some(format!("{heading}\n\n{}", choice.answer()))
    }

    /// The same with these chosen; those that are not there are left out.
    #[must_use]
    pub fn choosing(&self, chosen: &[usize]) -> Self {
        let mut section = self.clone();
        if let Some(choice) = &mut section.choice {
            let options = choice.options.len();
            choice.chosen = chosen.iter().copied().filter(|at| *at < options).collect();
        }
        section
    }
}

/// How well what was written in a thread belongs into a section.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Takes {
    /// Not at all: a choice, a box to be ticked.
    #[default]
    Nothing,
    /// A line.
    Line,
    /// Some lines.
    Lines,
    /// Some lines, and they have to be there.
    NeededLines,
}

/// What a repository offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Templates {
    /// In the order of their files.
    pub all: Vec<Template>,
    /// Whether an issue may be opened without any.
    pub blank: bool,
}

impl Default for Templates {
    fn default() -> Self {
        Self {
            all: Vec::new(),
            blank: true,
        }
    }
}

impl Templates {
    /// The one that is named; else the one for a kind of ticket; else, where none is not allowed, the
    /// first.
    pub fn choose(&self, named: Option<&str>, kind: Option<Kind>) -> Option<&Template> {
        if let Some(name) = named {
            let name = name.trim().to_lowercase();
            return self
                .all
                .iter()
                .find(|known| known.name.to_lowercase() == name);
        }
        let fits = kind.and_then(|kind| self.all.iter().find(|known| known.is_for(kind)));
        fits.or_else(|| self.all.first().filter(|_| !self.blank))
    }
}

impl Template {
    fn is_for(&self, kind: Kind) -> bool {
        let words: &[&str] = match kind {
            Kind::Question => &["question"],
            Kind::Bug => &["bug"],
            Kind::Feature => &["feature", "enhancement"],
        };
        let names = self.labels.iter().chain([&self.name]);
        let names: Vec<String> = names.map(|name| name.to_lowercase()).collect();
        words
            .iter()
            .any(|word| names.iter().any(|name| name.contains(word)))
    }

    /// A title as this template wants it.
    pub fn title_of(&self, title: &str) -> String {
        if title.starts_with(self.title.trim()) {
            title.to_owned()
        } else {
            format!("{}{title}", self.title)
        }
    }

    /// The text of an issue: what was written stands where it belongs best, and the other parts are as
    /// GitHub leaves them when nobody fills them in.
    pub fn fill(&self, written: &str) -> String {
        let best = self.sections.iter().map(|section| section.takes).max();
        let place = best.filter(|best| *best > Takes::Nothing).and_then(|best| {
            self.sections
                .iter()
                .position(|section| section.takes == best)
        });
        let mut parts = Vec::new();
        if place.is_none() {
            parts.push(written.to_owned());
        }
        for (at, section) in self.sections.iter().enumerate() {
            parts.extend(section.heading.clone());
            match (place == Some(at), section.text.is_empty()) {
                (true, _) => parts.push(written.to_owned()),
                (false, true) if section.heading.is_some() => {
                    let choice = section.choice.as_ref().map(Choice::answer);
                    parts.push(choice.unwrap_or_else(|| NO_RESPONSE.to_owned()));
                }
                (false, _) => parts.push(section.text.clone()),
            }
        }
        parts.retain(|part| !part.trim().is_empty());
        parts.join("\n\n")
    }

    /// How long it is without what was written.
    pub fn length(&self) -> usize {
        self.fill("").chars().count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section(heading: &str, takes: Takes, text: &str) -> Section {
        Section {
            heading: Some(format!("### {heading}")),
            text: text.to_owned(),
            takes,
            choice: None,
        }
    }

    #[test]
    fn a_choice_stands_as_github_writes_it() {
        let choice = |many, boxes| Section {
            choice: Some(Choice {
                options: ["Linux", "macOS", "Windows"].map(str::to_owned).to_vec(),
                many,
                boxes,
                chosen: Vec::new(),
            }),
            ..section("System", Takes::Nothing, "")
        };
        let asked = [
            choice(false, false),
            choice(true, false).choosing(&[0, 2, 9]),
            choice(true, true).choosing(&[1]),
        ];
        let asked: Vec<String> = asked.iter().filter_map(Section::asked).collect();
        insta::assert_snapshot!(asked.join("\n"), @r"
        ### System

        _No response_
        ### System

        Linux, Windows
        ### System

        - [ ] Linux
        - [X] macOS
        - [ ] Windows
        ");
    }

    fn form(name: &str, labels: &[&str]) -> Template {
        Template {
            name: name.to_owned(),
            title: "[Bug]: ".to_owned(),
            labels: labels.iter().map(|&label| label.to_owned()).collect(),
            sections: vec![
                section("Version", Takes::Line, ""),
                section("What happened?", Takes::NeededLines, ""),
                section("Anything else?", Takes::Lines, ""),
                section("Terms", Takes::Nothing, "- [ ] I have read it"),
            ],
        }
    }

    #[test]
    fn what_was_written_stands_where_it_belongs() {
        let form = form("Bug report", &[]);
        insta::assert_snapshot!(form.fill("It turns left."), @r"
        ### Version

        _No response_

        ### What happened?

        It turns left.

        ### Anything else?

        _No response_

        ### Terms

        - [ ] I have read it
        ");
        assert_eq!(form.title_of("Turns left"), "[Bug]: Turns left");
        assert_eq!(form.title_of("[Bug]: Turns left"), "[Bug]: Turns left");
        // Where nothing takes it, it stands before everything.
        assert_eq!(Template::default().fill("It turns left."), "It turns left.");
    }

    #[test]
    fn the_kind_chooses_and_none_is_chosen_where_none_is_needed() {
        let mut templates = Templates {
            all: vec![form("Report", &["bug"]), form("Feature request", &[])],
            blank: true,
        };
        let chosen = |templates: &Templates, named, kind| {
            templates
                .choose(named, kind)
                .map(|known| known.name.clone())
        };
        let report = Some("Report".to_owned());
        assert_eq!(chosen(&templates, None, Some(Kind::Bug)), report);
        assert_eq!(
            chosen(&templates, None, Some(Kind::Feature)),
            Some("Feature request".to_owned())
        );
        assert_eq!(chosen(&templates, None, Some(Kind::Question)), None);
        assert_eq!(chosen(&templates, Some("report"), None), report);
        assert_eq!(chosen(&templates, Some("other"), Some(Kind::Bug)), None);
        templates.blank = false;
        assert_eq!(chosen(&templates, None, None), report);
    }
}
