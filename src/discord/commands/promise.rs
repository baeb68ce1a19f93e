//! `/promise`.

use super::{Context, begin, end};
use crate::discord::{Broken, desk};
use crate::domain::ids::ThreadId;

/// Give the asker a date in public; without options: what is promised here, and whether it is kept
#[poise::command(slash_command)]
pub(super) async fn promise(
    ctx: Context<'_>,
    #[description = "By when, like: tomorrow 15:00, in 2 days, 1 Dec; you see it before it counts"]
    #[max_length = 100]
    until: Option<String>,
    #[description = "What you promise; everybody in the thread reads it"]
    #[max_length = 400]
    note: Option<String>,
) -> Result<(), Broken> {
    let Some((talk, person)) = begin(ctx).await else {
        return Ok(());
    };
    let (data, interaction) = (ctx.framework.user_data, ctx.interaction.id.get());
    let thread = ThreadId(ctx.interaction.channel_id.get());
    let wanted = desk::promise::Wanted {
        until: until.as_deref(),
        note,
    };
    let asked = desk::promise::asked(data, &person, interaction, thread, wanted).await;
    end(talk, asked).await
}
