//! Where the sessions stand, that we are running, and which guilds we serve.

use super::Writing;
use super::tickets::array;
use crate::domain::Timestamp;
use crate::domain::ids::GuildId;
use crate::domain::session::{Alive, Bearings, Position};
use crate::store::StoreError;

impl Writing<'_> {
    /// Writes where a shard's session stands. Its READY is written when it is another session's.
    pub(crate) async fn save_position(&mut self, position: &Position) -> Result<(), StoreError> {
        let sequence = position.sequence.cast_signed();
        sqlx::query!(
            "INSERT INTO session (shard, shards, session_id, sequence, resume_url)
             VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (shard) DO UPDATE SET
                 shards = excluded.shards,
                 session_id = excluded.session_id,
                 sequence = excluded.sequence,
                 resume_url = excluded.resume_url",
            position.shard,
            position.shards,
            position.session_id,
            sequence,
            position.resume_url
        )
        .execute(self.connection())
        .await?;
        let ready: &str = &position.ready;
        sqlx::query!(
            "INSERT INTO session_ready (shard, session_id, ready)
             VALUES (?1, ?2, ?3)
             ON CONFLICT (shard) DO UPDATE SET
                 session_id = excluded.session_id,
                 ready = excluded.ready
             WHERE session_id <> excluded.session_id",
            position.shard,
            position.session_id,
            ready
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Notes that everything was heard up to now, but for the threads that could not be read. While
    /// places not heard of wait to be looked up, that is still owed.
    pub(crate) async fn save_alive(
        &mut self,
        alive: &Alive,
        strays_wait: bool,
    ) -> Result<(), StoreError> {
        let at = alive.at.timestamp_millis();
        sqlx::query!(
            "INSERT INTO presence (only, alive_at) VALUES (1, ?1)
             ON CONFLICT (only) DO UPDATE SET alive_at = max(alive_at, excluded.alive_at)",
            at
        )
        .execute(self.connection())
        .await?;
        let done = alive.done.cast_signed();
        sqlx::query!(
            "UPDATE catch_up SET done = max(done, ?1), strays = iif(?2, strays, 0), watched = ?3",
            done,
            strays_wait,
            alive.watched
        )
        .execute(self.connection())
        .await?;
        sqlx::query!("DELETE FROM unread_thread")
            .execute(self.connection())
            .await?;
        for unread in &alive.unread {
            let thread = unread.thread.to_i64();
            let guild = unread.guild.map(GuildId::to_i64);
            let since = unread.since.map(|at| at.timestamp_millis());
            let failing_since = unread.failing_since.timestamp_millis();
            sqlx::query!(
                "INSERT INTO unread_thread (thread_id, guild_id, since, failing_since, told)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
                thread,
                guild,
                since,
                failing_since,
                unread.told
            )
            .execute(self.connection())
            .await?;
        }
        Ok(())
    }

    /// Notes that something has to be looked up: all errands up to this number, and places not
    /// heard of.
    pub(crate) async fn save_owed(
        &mut self,
        asked: Option<u64>,
        strays: bool,
    ) -> Result<(), StoreError> {
        let asked = asked.unwrap_or_default().cast_signed();
        sqlx::query!(
            "UPDATE catch_up SET asked = max(asked, ?1), strays = strays OR ?2",
            asked,
            strays
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Notes that a session is about to be opened.
    pub(crate) async fn save_session_start(
        &mut self,
        bucket: u32,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let at = at.timestamp_millis();
        sqlx::query!(
            "INSERT INTO session_start (bucket, started_at) VALUES (?1, ?2)
             ON CONFLICT (bucket) DO UPDATE SET started_at = excluded.started_at",
            bucket,
            at
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Notes what a start has found out; what it has not stays.
    pub(crate) async fn save_bearings(&mut self, bearings: &Bearings) -> Result<(), StoreError> {
        sqlx::query!(
            "UPDATE start SET fits = coalesce(?1, fits), gateway = coalesce(?2, gateway),
                 commands = coalesce(?3, commands)",
            bearings.fits,
            bearings.gateway,
            bearings.commands
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Notes guilds that were not known.
    pub(crate) async fn note_guilds(
        &mut self,
        guilds: &[GuildId],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let guilds = array(guilds);
        let now = now.timestamp_millis();
        sqlx::query!(
            "INSERT INTO guild (guild_id, first_seen_at)
             SELECT value, ?2 FROM json_each(?1) WHERE TRUE
             ON CONFLICT DO NOTHING",
            guilds,
            now
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Under which rules each known guild's tickets were last decided.
    pub(crate) async fn list_rules(&mut self) -> Result<Vec<(GuildId, String)>, StoreError> {
        let rows = sqlx::query!("SELECT guild_id, rules FROM guild")
            .fetch_all(self.connection())
            .await?;
        Ok(rows
            .into_iter()
            .map(|row| (GuildId::from_i64(row.guild_id), row.rules))
            .collect())
    }

    /// Notes that a guild has other rules, and that each of its open tickets is due to be decided.
    pub(crate) async fn save_rules(
        &mut self,
        guild: GuildId,
        rules: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let guild = guild.to_i64();
        let now = now.timestamp_millis();
        sqlx::query!(
            "UPDATE guild SET rules = ?2 WHERE guild_id = ?1",
            guild,
            rules
        )
        .execute(self.connection())
        .await?;
        sqlx::query!(
            "UPDATE ticket SET wake_at = ?2
             WHERE status = 'open'
                 AND thread_id IN (SELECT thread_id FROM thread WHERE guild_id = ?1)",
            guild,
            now
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }
}
