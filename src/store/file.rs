//! What is known of a file that went along with an issue, and what is in it?

use std::collections::BTreeMap;

use super::{Store, StoreError};
use crate::domain::ids::{MessageId, TicketId};

/// A file that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileRow {
    /// Its name: text from people.
    pub name: String,
    /// How large it is.
    pub bytes: u64,
}

impl Store {
    /// A file by what nobody can guess in its address.
    pub async fn find_file(&self, key: &str) -> Result<Option<FileRow>, StoreError> {
        let row = sqlx::query!(
            r#"SELECT name, bytes AS "bytes!" FROM issue_file WHERE key = ?1 AND bytes IS NOT NULL"#,
            key
        )
        .fetch_optional(self.readers())
        .await?;
        Ok(row.map(|row| FileRow {
            name: row.name,
            bytes: row.bytes.unsigned_abs(),
        }))
    }

    /// A portion of what is in a file, counted from 0; `None` after the last one.
    pub async fn find_file_part(
        &self,
        key: &str,
        part: u32,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(sqlx::query_scalar!(
            "SELECT content FROM issue_file_part WHERE key = ?1 AND part = ?2",
            key,
            part
        )
        .fetch_optional(self.readers())
        .await?)
    }

    /// Which files of a ticket were fetched, or given up: by key, whether they are kept.
    pub async fn list_files(&self, ticket: TicketId) -> Result<BTreeMap<String, bool>, StoreError> {
        let rows = sqlx::query!(
            r#"SELECT key AS "key!", bytes FROM issue_file WHERE ticket_id = ?1"#,
            ticket.0
        )
        .fetch_all(self.readers())
        .await?;
        let kept = rows.into_iter().map(|row| (row.key, row.bytes.is_some()));
        Ok(kept.collect())
    }

    /// Which files of a message were fetched, or given up: by Discord's number of them, their keys and
    /// whether they are kept.
    pub async fn list_files_of_message(
        &self,
        message: MessageId,
    ) -> Result<BTreeMap<u64, (String, bool)>, StoreError> {
        let message = message.to_i64();
        let rows = sqlx::query!(
            r#"SELECT key AS "key!", attachment_id AS "attachment_id!", bytes FROM issue_file
               WHERE message_id = ?1 AND attachment_id IS NOT NULL"#,
            message
        )
        .fetch_all(self.readers())
        .await?;
        let row = |id: i64, key, bytes: Option<i64>| (id.cast_unsigned(), (key, bytes.is_some()));
        let rows = rows.into_iter();
        Ok(rows
            .map(|it| row(it.attachment_id, it.key, it.bytes))
            .collect())
    }

    /// How much room the files of all issues take.
    pub async fn count_file_bytes(&self) -> Result<u64, StoreError> {
        let bytes = sqlx::query_scalar!(
            r#"SELECT coalesce(sum(bytes), 0) AS "bytes!: i64" FROM issue_file"#
        )
        .fetch_one(self.readers())
        .await?;
        Ok(bytes.unsigned_abs())
    }
}
