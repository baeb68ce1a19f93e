//! Files that go along with an issue, or with a message that is said on it, fetched before it is there.
//!
//! Each is decided once: it is kept, or it is lost and named there. So whatever is tried again later finds
//! the same, and what is there links to nothing that is not.

use tokio::task::spawn_blocking;

use super::problem::Problem;
use super::{DiscordDelivery, issue};
use crate::discord::attachments::{Attachments, NotFetched};
use crate::discord::issue::Where;
use crate::domain::ids::{GuildId, MessageId, TicketId};
use crate::domain::issue::file::{
    Attached, Carrier, KeptFile, LARGEST_FILE, LARGEST_TEXT, ROOM, choose, text_in,
};
use crate::domain::issue::{DraftId, DraftState};
use crate::ledger::bridge::{Change, Denied};
use crate::ledger::intent::Intent;
use crate::outbox::parcel::{Failure, Notice, Parcel, Retry};
use crate::text::issue::body::Part;
use crate::text::issue::{NO_ROOM, secrets};

/// How often a file is asked for before the issue goes without it: with the outbox's pauses between,
/// for some twenty seconds.
const MOST_TRIES: u32 = 4;

impl DiscordDelivery {
    /// Fetches what goes along with a draft that is on its way.
    pub async fn keep_files(&self, parcel: &Parcel, draft_id: DraftId) -> Result<(), Failure> {
        let ours = |error| Problem::from(error).into_failure();
        let found = self.store.find_draft(draft_id).await.map_err(ours)?;
        let Some(row) = found.filter(|row| row.state == DraftState::Ordered) else {
            return Ok(());
        };
        let decided = self.store.list_files(row.ticket).await.map_err(ours)?;
        let is_open = |file: &&Attached| file.key().is_some_and(|key| !decided.contains_key(key));
        let with = Carrier::Draft(draft_id);
        for file in row.draft.files_along().filter(is_open) {
            self.keep_file(parcel, row.guild, with, file).await?;
        }
        Ok(())
    }

    /// Fetches what goes along with a message that is said on its issue, and gives what is kept its
    /// address. What was taken off the message is kept no longer.
    pub async fn keep_files_of(
        &self,
        parcel: &Parcel,
        ticket: TicketId,
        message: MessageId,
        part: &mut Part,
    ) -> Result<(), Failure> {
        let (Some(page), Some(item)) = (&self.page, parcel.items.first()) else {
            return Ok(());
        };
        let known = self.store.list_files_of_message(message).await;
        let known = known.map_err(|error| Problem::from(error).into_failure())?;
        let hangs: Vec<u64> = part.attachments.iter().map(|file| file.id).collect();
        if known.keys().any(|id| !hangs.contains(id)) {
            self.forget_all_but(ticket, message, hangs).await?;
        }
        let reply = self.store.find_reply(message).await;
        if reply
            .map_err(|error| Problem::from(error).into_failure())?
            .is_none()
        {
            return Ok(()); // its files went along with the issue itself
        }
        choose(part.attachments.iter_mut(), page, |file| {
            let key = known.get(&file.id).map(|(key, _)| key.clone());
            key.or_else(issue::random_word)
        });
        for file in &part.attachments {
            if file.link.is_some() && !known.contains_key(&file.id) {
                let with = Carrier::Reply(ticket);
                self.keep_file(parcel, item.guild, with, file).await?;
            }
        }
        let known = self.store.list_files_of_message(message).await;
        let known = known.map_err(|error| Problem::from(error).into_failure())?;
        let is_kept = |file: &Attached| known.get(&file.id).is_some_and(|(_, kept)| *kept);
        for file in &mut part.attachments {
            file.link = file.link.take().filter(|_| is_kept(file));
        }
        Ok(())
    }

    /// Fetches a file and keeps it, or notes that it does not go along.
    async fn keep_file(
        &self,
        parcel: &Parcel,
        guild: GuildId,
        with: Carrier,
        file: &Attached,
    ) -> Result<(), Failure> {
        let (Some(attachments), Some(key)) = (&self.attachments, file.key()) else {
            return Ok(());
        };
        let tried = parcel.items.iter().map(|item| item.attempts).max();
        let last = tried.unwrap_or_default() + 1 >= MOST_TRIES;
        let content = match self.fetch(attachments, file).await {
            Err(NotFetched::NotCome) if !last => return Err(later("a file did not come")),
            fetched => fetched.ok(),
        };
        let found = match content {
            Some(content) => spawn_blocking(move || without_secrets(content)).await.ok(),
            None => None,
        };
        let (content, secrets) = found.flatten().unzip();
        let content = self.if_there_is_room(guild, content).await?;
        let file = KeptFile {
            key: key.to_owned(),
            id: file.id,
            message: file.message,
            name: secrets::redact(&file.name).0,
            secrets: secrets.unwrap_or_default(),
            content,
        };
        self.keep(with, file, last).await
    }

    async fn forget_all_but(
        &self,
        ticket: TicketId,
        message: MessageId,
        files: Vec<u64>,
    ) -> Result<(), Failure> {
        let row = self.store.load_ticket(ticket).await;
        let thread = row
            .map_err(|error| Problem::from(error).into_failure())?
            .thread;
        let room = self.ledger.reserve().await;
        let room = room.map_err(|_stopped| later("the ledger has stopped"))?;
        room.send(Intent::FilesLeft {
            thread,
            message,
            files,
        });
        Ok(())
    }

    async fn fetch(&self, from: &Attachments, file: &Attached) -> Result<Vec<u8>, NotFetched> {
        let url = match issue::locate(&self.rest, file).await {
            Ok(Where::At(url)) => url,
            Ok(Where::Gone) => return Err(NotFetched::Gone),
            Err(error) if error.is_temporary() => return Err(NotFetched::NotCome),
            // Where it was when the draft was made, if we may not see it now.
            Ok(Where::Unsaid) | Err(_) => file.url.clone(),
        };
        let most = usize::try_from(LARGEST_FILE).unwrap_or(usize::MAX);
        from.bytes(&url, most).await
    }

    async fn if_there_is_room(
        &self,
        guild: GuildId,
        content: Option<Vec<u8>>,
    ) -> Result<Option<Vec<u8>>, Failure> {
        let Some(content) = content else {
            return Ok(None);
        };
        let taken = self.store.count_file_bytes().await;
        let taken = taken.map_err(|error| Problem::from(error).into_failure())?;
        if taken.saturating_add(content.len() as u64) <= ROOM {
            return Ok(Some(content));
        }
        let sentence = NO_ROOM.to_owned();
        let told = Notice::Trouble { sentence };
        if let Err(stopped) = self.ledger.order_notice(guild, told).await {
            tracing::debug!(%stopped, "the moderators are told after the next start");
        }
        Ok(None)
    }

    /// Writes down what became of a file. One that a nearly full disk does not take is lost in the end.
    async fn keep(&self, with: Carrier, file: KeptFile, last: bool) -> Result<(), Failure> {
        let without = KeptFile {
            key: file.key.clone(),
            name: file.name.clone(),
            secrets: 0,
            content: None,
            ..file
        };
        for file in [Some(file), last.then_some(without)].into_iter().flatten() {
            let file = Box::new(file);
            let kept = self.ledger.bridge(Change::KeepFile { with, file });
            match kept.await {
                Ok(_) | Err(Denied::NoDraft) => return Ok(()),
                Err(denied) => tracing::warn!(%denied, "a file of an issue was not kept"),
            }
        }
        Err(later("a file could not be kept"))
    }
}

fn later(reason: &str) -> Failure {
    Failure {
        reason: reason.to_owned(),
        retry: Retry::Backoff,
        uncertain: false,
    }
}

/// What is kept of a file, and how many secrets were taken out of it. A text that is too long to be
/// looked through is not kept.
fn without_secrets(content: Vec<u8>) -> Option<(Vec<u8>, u32)> {
    let Some(text) = text_in(&content) else {
        return Some((content, 0));
    };
    if text.len() > LARGEST_TEXT {
        return None;
    }
    let (clean, count) = secrets::redact(&text);
    Some(if count == 0 {
        (content, 0)
    } else {
        (clean.into_bytes(), count)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_taken_out_of_texts_alone() {
        let log = "start\nAPI_KEY=0123456789abcdef\nend";
        let (clean, count) = without_secrets(log.as_bytes().to_vec()).unwrap();
        assert_eq!(
            (String::from_utf8(clean).unwrap().as_str(), count),
            ("start\nAPI_KEY=[redacted]\nend", 1)
        );
        let wide: Vec<u8> = std::iter::once(0xfeff)
            .chain(log.encode_utf16())
            .flat_map(u16::to_le_bytes)
            .collect();
        assert_eq!(without_secrets(wide).unwrap().1, 1);
        // What is whole stays as it is, whatever code it is in.
        let plain = b"caf\xe9".to_vec();
        assert_eq!(without_secrets(plain.clone()), Some((plain, 0)));
        let picture = [b"\x89PNG\r\n\x1a\n".as_slice(), log.as_bytes()].concat();
        assert_eq!(without_secrets(picture.clone()), Some((picture, 0)));
        assert_eq!(without_secrets(vec![b'a'; LARGEST_TEXT + 1]), None);
    }
}
