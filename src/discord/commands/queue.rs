//! `/queue`.

use std::borrow::Cow;

use poise::{ChoiceParameter, CommandParameterChoice};

use super::{Context, begin, end};
use crate::discord::views::message::Message;
use crate::discord::{Broken, desk};
use crate::ledger::intent::Rank;
use crate::text::answer;
use crate::text::queue::Filter;

/// Who waits for an answer, longest wait first
#[poise::command(slash_command)]
pub(super) async fn queue(
    ctx: Context<'_>,
    #[description = "What to list; all open threads if left out"] filter: Option<Filter>,
) -> Result<(), Broken> {
    let Some((talk, person)) = begin(ctx).await else {
        return Ok(());
    };
    if person.rank < Rank::Staff {
        return end(talk, Ok(Message::text(answer::QUEUE_IS_FOR_STAFF))).await;
    }
    let page = desk::queue_page(
        ctx.framework.user_data,
        &person,
        filter.unwrap_or_default(),
        0,
    )
    .await;
    end(talk, page).await
}

impl ChoiceParameter for Filter {
    fn list() -> Cow<'static, [CommandParameterChoice]> {
        Self::ALL
            .iter()
            .map(|filter| CommandParameterChoice {
                name: Cow::Borrowed(filter.label()),
                localizations: Cow::Borrowed(&[]),
                __non_exhaustive: (),
            })
            .collect()
    }

    fn from_index(index: usize) -> Option<Self> {
        Self::ALL.get(index).copied()
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|filter| filter.label() == name)
    }

    fn name(&self) -> &'static str {
        self.label()
    }

    fn localized_name(&self, _locale: &str) -> Option<&'static str> {
        None
    }
}
