//! Comments on an issue: each told once in every thread that hangs on it, edited and deleted with its
//! original.

use super::Outcome;
use crate::domain::ids::{MessageId, TicketId, UserId};
use crate::domain::issue::{CommentsRead, IssueId, IssueRemark};
use crate::domain::parcel::Content;
use crate::store::{Noted, StoreError, Writing};

pub(super) async fn read(
    writing: &mut Writing<'_>,
    mut outcome: Outcome,
    issue: IssueId,
    read: &CommentsRead,
) -> Result<Outcome, StoreError> {
    let Some(known) = writing.find_known(issue).await? else {
        return Ok(outcome);
    };
    writing.note_comments_read(issue, read.up_to).await?;
    for comment in &read.before {
        let digest = comment.digest();
        writing.note_comment(issue, comment.id, digest).await?;
    }
    for comment in &read.said {
        let noted = writing
            .note_comment(issue, comment.id, comment.digest())
            .await?;
        let threads = match noted {
            Noted::Same => continue,
            Noted::New => {
                let linked = writing.list_linked(issue).await?;
                for (ticket, _) in &linked {
                    writing.insert_comment_told(comment.id, *ticket).await?;
                }
                linked
            }
            Noted::Changed => writing.list_comment_told(comment.id).await?,
        };
        for (ticket, guild) in threads {
            let (name, comment) = (known.name.clone(), comment.clone());
            outcome = outcome.saying(guild, ticket, IssueRemark::Comment { name, comment });
        }
    }
    for comment in &read.gone {
        for (ticket, guild) in writing.list_comment_told(*comment).await? {
            let remark = IssueRemark::CommentGone { comment: *comment };
            outcome = outcome.saying(guild, ticket, remark);
        }
        writing.note_comment_gone(*comment).await?;
    }
    Ok(outcome)
}

/// A message was said. Was it deleted meanwhile, it is taken back.
pub(super) async fn replied(
    writing: &mut Writing<'_>,
    ticket: TicketId,
    message: MessageId,
    repository: &str,
    comment: u64,
) -> Result<Outcome, StoreError> {
    let noted = writing.note_reply(message, repository, comment).await?;
    let guild = writing.find_guild_of(ticket).await?.filter(|_| !noted);
    Ok(match guild {
        None => Outcome::done(),
        Some(guild) => {
            let repository = repository.to_owned();
            let content = Content::TakeBack {
                ticket,
                repository,
                comment,
            };
            Outcome::done().ordering(guild, content)
        }
    })
}

/// Whoever wrote a secret, or attached one, is told.
pub(super) async fn left_out(
    writing: &mut Writing<'_>,
    outcome: Outcome,
    ticket: TicketId,
    message: MessageId,
    by: Option<UserId>,
    secrets: u32,
) -> Result<Outcome, StoreError> {
    let found = secrets > 0 || writing.count_secrets_in_files_of(message).await? > 0;
    let guild = writing.find_guild_of(ticket).await?;
    Ok(match (by.filter(|_| found), guild) {
        (Some(by), Some(guild)) => outcome.saying(guild, ticket, IssueRemark::LeftOut { by }),
        _ => outcome,
    })
}
