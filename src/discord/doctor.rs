//! `/doctor`: what is missing on Discord and on GitHub, and what to do about each, asked anew.
//!
//! It looks where the settings point: the watched channels, the places where the team is told, the
//! roles, every repository. `sameday check` says the same of GitHub on the machine.

use super::ground;
use super::person::Person;
use super::views::message::Message;
use super::{Broken, Data};
use crate::github::access;
use crate::ledger::intent::Rank;
use crate::text::doctor as text;

/// Examines everything, for the team alone.
pub(super) async fn examine(data: &Data, person: &Person) -> Result<Message, Broken> {
    if person.rank < Rank::Staff {
        return Ok(Message::text(text::FOR_STAFF));
    }
    let problems = ground::survey_guild(&data.rest, &person.guild).await?;
    let mut discord: Vec<String> = problems.into_iter().map(|it| it.sentence).collect();
    let mut parts = Vec::new();
    if let Some(bridge) = &data.bridge {
        if !ground::shows_content(&data.rest).await? {
            discord.push(text::NO_CONTENT.to_owned());
        }
        parts.push(match access::survey(bridge).await {
            Ok(complaints) => {
                let sentences = complaints.iter().map(ToString::to_string);
                text::part(text::GITHUB, &sentences.collect::<Vec<_>>())
            }
            Err(error) => {
                tracing::warn!(%error, "GitHub could not be examined");
                text::part(text::GITHUB, &[text::GITHUB_SILENT.to_owned()])
            }
        });
    }
    parts.insert(0, text::part(text::DISCORD, &discord));
    Ok(Message::description(text::cut(&parts.join("\n"))))
}
