//! What comes back when a person ran a command, clicked or submitted.

use std::time::Duration;

use anyhow::{Context, bail};
use serde_json::Value;

use super::components::text;
use super::wait::wait_for;
use super::{Person, Seen};
use crate::interactions::{Answer as State, Interaction, Place};

/// The application's answer to one deed of a person, whenever it comes.
///
/// Every method that waits does so for real time, and fails with what there was instead.
#[must_use = "an answer nobody looks at proves nothing"]
#[derive(Clone)]
pub struct Answer {
    pub(super) person: Person,
    pub(super) id: u64,
}

/// A modal window on a person's screen.
#[derive(Clone)]
pub struct Modal {
    pub(super) person: Person,
    /// The interaction that opened it.
    pub(super) opener: u64,
    pub(super) window: Value,
}

impl Answer {
    /// The id of the interaction.
    pub fn interaction(&self) -> u64 {
        self.id
    }

    /// Waits for a first answer of any kind.
    ///
    /// # Errors
    /// When there is none: in time, or in the words Discord shows.
    pub async fn acknowledged(&self) -> anyhow::Result<()> {
        self.wait("a first answer", |interaction| {
            interaction.answer.as_ref().map(|_| ())
        })
        .await
    }

    /// Waits for the message that answers: a new one, or what became of the clicked one.
    ///
    /// "… is thinking" is not yet a message.
    pub async fn message(&self) -> anyhow::Result<Seen> {
        self.reads("a message", |interaction| match interaction.answer {
            Some(State::Update) => interaction.source,
            _ => interaction.original,
        })
        .await
    }

    /// Waits for the follow-up with this number, counted from 1.
    pub async fn follow_up(&self, number: usize) -> anyhow::Result<Seen> {
        self.reads("a follow-up", |interaction| {
            interaction.follow_ups.get(number.checked_sub(1)?).copied()
        })
        .await
    }

    /// Waits for the words that answer: in a message of their own or, where the pressed one stays as it
    /// is, in the first follow-up.
    pub async fn told(&self) -> anyhow::Result<Seen> {
        self.reads("words", |interaction| {
            let own = interaction
                .original
                .filter(|place| Some(*place) != interaction.source);
            own.or_else(|| interaction.follow_ups.first().copied())
        })
        .await
    }

    /// Waits for the message that stands in a place, and reads it.
    async fn reads(
        &self,
        what: &str,
        place: impl Fn(&Interaction) -> Option<Place>,
    ) -> anyhow::Result<Seen> {
        let seen = self
            .wait(what, |interaction| {
                let seen = self.person.look_at(place(interaction)?);
                seen.filter(|seen| !seen.is_thinking())
            })
            .await?;
        self.person.sim().interactions().mark_read(seen.id());
        Ok(seen)
    }

    /// Waits for a modal window.
    pub async fn modal(&self) -> anyhow::Result<Modal> {
        let window = self
            .wait("a modal window", |interaction| match &interaction.answer {
                Some(State::Modal(window)) => Some(window.clone()),
                _ => None,
            })
            .await?;
        Ok(Modal {
            person: self.person.clone(),
            opener: self.id,
            window,
        })
    }

    /// The modal window, if it is open by now.
    pub fn shown_modal(&self) -> Option<Modal> {
        match self.person.sim().interactions().find(self.id)?.answer {
            Some(State::Modal(window)) => Some(Modal {
                person: self.person.clone(),
                opener: self.id,
                window,
            }),
            _ => None,
        }
    }

    /// Waits for the suggestions for the option being typed: names and values.
    pub async fn choices(&self) -> anyhow::Result<Vec<(String, Value)>> {
        let choices = self
            .wait("suggestions", |interaction| match &interaction.answer {
                Some(State::Choices(choices)) => Some(choices.clone()),
                _ => None,
            })
            .await?;
        let pair = |choice: &Value| {
            let value = choice.get("value").cloned().unwrap_or(Value::Null);
            (text(choice, "name").to_owned(), value)
        };
        Ok(choices.iter().map(pair).collect())
    }

    /// Waits until Discord tells the person that it failed, and says in which words.
    pub async fn failure(&self) -> anyhow::Result<&'static str> {
        let sim = self.person.sim();
        wait_for(sim, self.person.patience, || {
            match sim.interactions().find(self.id)?.answer {
                Some(State::Failed(words)) => Some(words),
                _ => None,
            }
        })
        .await
        .with_context(|| self.history("a failure"))
    }

    async fn wait<T>(
        &self,
        what: &str,
        found: impl Fn(&Interaction) -> Option<T>,
    ) -> anyhow::Result<T> {
        let sim = self.person.sim();
        let outcome = wait_for(sim, self.person.patience, || {
            let interaction = sim.interactions().find(self.id)?;
            if let Some(State::Failed(words)) = interaction.answer {
                return Some(Err(words));
            }
            found(&interaction).map(Ok)
        })
        .await
        .with_context(|| self.history(what))?;
        match outcome {
            Ok(value) => Ok(value),
            Err(words) => bail!("{words}: {}", self.history(what)),
        }
    }

    fn history(&self, what: &str) -> String {
        let sim = self.person.sim();
        let Some(interaction) = sim.interactions().find(self.id) else {
            return format!(
                "waited for {what} to interaction {}, which is gone",
                self.id
            );
        };
        let seen = self.person.sees(interaction.channel).unwrap_or_default();
        let lines: Vec<String> = seen.iter().rev().take(10).map(Seen::to_string).collect();
        format!(
            "{} waited for {what} to {}; there was {:?}, original {:?}, {} follow-ups; on the screen, \
             newest first:\n{}",
            self.person.name(),
            interaction.deed,
            interaction.answer,
            interaction.original,
            interaction.follow_ups.len(),
            lines.join("\n")
        )
    }
}

impl Modal {
    pub fn title(&self) -> &str {
        text(&self.window, "title")
    }

    pub fn custom_id(&self) -> &str {
        text(&self.window, "custom_id")
    }

    /// The window as the application sent it.
    pub fn window(&self) -> &Value {
        &self.window
    }

    /// Fills in the fields, named by label or custom id, and submits. Several values of one field
    /// are separated by `|`.
    ///
    /// # Errors
    /// What a client does not let people submit.
    pub fn submits(&self, fields: &[(&str, &str)]) -> anyhow::Result<Answer> {
        self.person.submits(self, fields)
    }
}

/// How long a person waits before a test fails, in real time.
pub(super) const PATIENCE: Duration = Duration::from_mins(1);
