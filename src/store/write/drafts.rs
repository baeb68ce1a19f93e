//! Drafts of issues.

use super::Writing;
use super::issues::text;
use crate::domain::Timestamp;
use crate::domain::ids::TicketId;
use crate::domain::issue::{Draft, DraftId, DraftState};
use crate::store::StoreError;
use crate::store::issue::{self, DraftRow};

impl Writing<'_> {
    /// A draft, if there is one of this number.
    pub(crate) async fn find_draft(
        &mut self,
        draft_id: DraftId,
    ) -> Result<Option<DraftRow>, StoreError> {
        issue::find_draft(self.connection(), draft_id).await
    }

    /// How far the draft of a ticket has come.
    pub(crate) async fn draft_state_of(
        &mut self,
        ticket: TicketId,
    ) -> Result<Option<DraftState>, StoreError> {
        let state = sqlx::query_scalar!(
            "SELECT state FROM issue_draft WHERE ticket_id = ?1",
            ticket.0
        )
        .fetch_optional(self.connection())
        .await?;
        Ok(state.map(|state| DraftState::of_word(&state)))
    }

    /// Keeps a draft in place of the one the ticket had.
    pub(crate) async fn keep_draft(
        &mut self,
        ticket: TicketId,
        draft: &Draft,
        expires_at: Timestamp,
    ) -> Result<DraftId, StoreError> {
        self.delete_draft_of(ticket).await?;
        let (draft, expires_at) = (text(draft), expires_at.timestamp_millis());
        let made = sqlx::query!(
            "INSERT INTO issue_draft (ticket_id, draft, state, expires_at)
             VALUES (?1, ?2, 'preview', ?3)",
            ticket.0,
            draft,
            expires_at
        )
        .execute(self.connection())
        .await?;
        Ok(DraftId(made.last_insert_rowid()))
    }

    /// Replaces what a draft says.
    pub(crate) async fn save_draft(
        &mut self,
        draft_id: DraftId,
        draft: &Draft,
    ) -> Result<(), StoreError> {
        let draft = text(draft);
        sqlx::query!(
            "UPDATE issue_draft SET draft = ?2 WHERE draft_id = ?1",
            draft_id.0,
            draft
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Notes how far a draft has come, and when it is forgotten.
    pub(crate) async fn set_draft_state(
        &mut self,
        draft_id: DraftId,
        state: DraftState,
        expires_at: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        let (state, expires_at) = (state.word(), expires_at.map(|at| at.timestamp_millis()));
        sqlx::query!(
            "UPDATE issue_draft SET state = ?2, expires_at = ?3, delayed = 0 WHERE draft_id = ?1",
            draft_id.0,
            state,
            expires_at
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Notes that the thread was told of the wait.
    pub(crate) async fn note_delayed(&mut self, draft_id: DraftId) -> Result<(), StoreError> {
        sqlx::query!(
            "UPDATE issue_draft SET delayed = 1 WHERE draft_id = ?1",
            draft_id.0
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Forgets a draft.
    pub(crate) async fn delete_draft(&mut self, draft_id: DraftId) -> Result<(), StoreError> {
        sqlx::query!("DELETE FROM issue_draft WHERE draft_id = ?1", draft_id.0)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Forgets the draft of a ticket.
    pub(crate) async fn delete_draft_of(&mut self, ticket: TicketId) -> Result<(), StoreError> {
        sqlx::query!("DELETE FROM issue_draft WHERE ticket_id = ?1", ticket.0)
            .execute(self.connection())
            .await?;
        Ok(())
    }
}
