//! Messages of threads that are said on their issue, their files, and what was told of comments.
//!
//! A message is ordered to be said with the transaction that records it, once: the row that stands for it
//! is made by whoever comes first. What a machine writes is no message here, so nothing of ours goes round
//! in circles.

use super::Batch;
use crate::domain::event::Fact;
use crate::domain::ids::MessageId;
use crate::domain::issue::IssueRemark;
use crate::domain::parcel::{Content, Parcel, Receipt};
use crate::domain::remark::Remark;
use crate::store::{NewItem, StoreError, Writing};

impl Batch<'_> {
    /// Orders new messages to be said on the issue, edited ones to be said anew, and deleted ones to be taken
    /// back.
    pub(super) async fn mirror(&mut self, writing: &mut Writing<'_>) -> Result<(), StoreError> {
        let mut lost = false;
        for (message, left) in &self.files_left {
            lost |= writing.delete_files_taken_off(*message, left).await?;
        }
        if !self.deleted.is_empty() {
            lost |= writing.delete_files_of_messages(&self.deleted).await?;
        }
        // What they were is in the log of the database, too.
        self.written.lost |= lost;
        let Some(bridge) = self.ground.bridge else {
            return Ok(());
        };
        for draft in self.drafts.values().filter(|draft| !draft.is_gone()) {
            let tracked = &draft.tracked;
            let Some(improvement) = tracked.ticket.improvement else {
                continue;
            };
            for event in &draft.added {
                let Fact::MessagePosted {
                    message,
                    author,
                    staff,
                } = event.fact
                else {
                    continue;
                };
                // A staff member who asks is an asker in that thread.
                let staff = staff && tracked.ticket.asker() != Some(author);
                let wanted = event.key.at > improvement.linked_at
                    && bridge.replies.includes(staff, bridge.consent)
                    && !self.deleted.contains(&message);
                let (guild, ticket) = (tracked.guild, tracked.ticket_id);
                if wanted && writing.insert_reply(message, ticket).await? {
                    let content = Content::Reply { ticket, message };
                    self.items.push(NewItem { guild, content });
                }
            }
        }
        if !self.edited.is_empty() {
            let mut edited = std::mem::take(&mut self.edited);
            self.items.extend(writing.revise_replies(&edited).await?);
            edited.retain(|(message, _)| self.files_left.iter().all(|(told, _)| told != message));
            let edited: Vec<MessageId> = edited.into_iter().map(|(message, _)| message).collect();
            self.items.extend(writing.look_at_files(&edited).await?);
        }
        if !self.deleted.is_empty() {
            let deleted = std::mem::take(&mut self.deleted);
            self.items.extend(writing.take_replies(&deleted).await?);
        }
        Ok(())
    }
}

/// Notes where a comment was told, so that it is edited and deleted with its original.
pub(super) async fn note_told(
    writing: &mut Writing<'_>,
    parcel: &Parcel,
    receipt: &Receipt,
) -> Result<(), StoreError> {
    for item in &parcel.items {
        let Content::Remark {
            ticket,
            remark: Remark::Issue(told),
        } = &item.content
        else {
            continue;
        };
        match (&**told, receipt.message) {
            (IssueRemark::Comment { comment, .. }, Some(message)) => {
                writing
                    .note_comment_told(comment.id, *ticket, message)
                    .await?;
            }
            (IssueRemark::CommentGone { comment }, _) => {
                writing.forget_comment_told(*comment, *ticket).await?;
            }
            _ => {}
        }
    }
    Ok(())
}
