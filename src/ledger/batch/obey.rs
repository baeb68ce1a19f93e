//! Commands: compare-and-set on the ticket as the batch has made it.

use chrono::TimeDelta;

use super::Batch;
use super::draft::rules;
use crate::domain::parcel::Content;
use crate::ledger::command::{self, Verdict};
use crate::ledger::intent::{Action, Command, Outcome, Refusal, TicketRef};
use crate::store::{NewItem, StoreError, Writing};

impl Batch<'_> {
    pub(super) async fn command(
        &mut self,
        writing: &mut Writing<'_>,
        asked: Command,
    ) -> Result<Result<Outcome, Refusal>, StoreError> {
        let thread = match asked.ticket {
            TicketRef::Thread(thread) => Some(thread),
            TicketRef::Ticket(ticket) => self.threads_of.get(&ticket).copied(),
        };
        let guilds = self.ground.guilds;
        let draft = thread.and_then(|thread| self.drafts.get_mut(&thread));
        let draft = draft.filter(|draft| draft.tracked.guild == asked.guild);
        let Some((draft, rules)) = draft.and_then(|draft| {
            let rules = rules(guilds, &draft.tracked)?;
            Some((draft, rules))
        }) else {
            return Ok(Err(Refusal::NoTicket));
        };
        if draft.is_gone() {
            return Ok(Err(Refusal::Gone));
        }
        let ticket = draft.tracked.ticket_id;
        let event = command::event(&asked, &draft.tracked.ticket, rules);
        let in_order = draft
            .tracked
            .ticket
            .latest
            .is_none_or(|latest| latest < event.key);
        let twice = !in_order
            && (draft.added.iter().any(|added| added.key == event.key)
                || !writing
                    .list_recorded(&[(ticket, event.key)])
                    .await?
                    .is_empty());
        if twice {
            return Ok(Ok(Outcome::Done { ticket }));
        }
        match command::judge(&draft.tracked.ticket, &asked) {
            Err(refusal) => return Ok(Err(refusal)),
            Ok(Verdict::Already) => return Ok(Ok(Outcome::Already { ticket })),
            Ok(Verdict::Record) => {}
        }
        if asked.action == Action::DeclareDown {
            let (guild, at) = (draft.tracked.guild, event.key.at);
            let most = rules.attention.production_down_per_day.unwrap_or_default();
            let since = at.checked_sub_signed(TimeDelta::days(1)).unwrap_or(at);
            let noted = writing
                .note_down_call(asked.interaction, guild, asked.by, at, since, most)
                .await?;
            if !noted {
                return Ok(Err(Refusal::TooOften));
            }
        }
        if let Action::Promise { offer, .. } = asked.action
            && !writing.take_promise_offer(offer).await?
        {
            return Ok(Err(Refusal::NoOffer));
        }
        if let Some(remark) = command::remark(&asked, &draft.tracked.ticket) {
            self.items.push(NewItem {
                guild: asked.guild,
                content: Content::Remark { ticket, remark },
            });
        }
        let before = (!in_order || event.looks_back()).then(|| draft.clone());
        draft.add(event);
        let Some(before) = before else {
            return Ok(Ok(Outcome::Done { ticket }));
        };
        // It was sent before something we already know, and takes its place in between; or it changes
        // what something means that we already know. A claim
        // that comes to nothing there is refused rather than lost.
        let thread = draft.tracked.thread;
        self.fold_late(writing).await?;
        let Some(draft) = self.drafts.get_mut(&thread) else {
            return Ok(Err(Refusal::NoTicket));
        };
        let claim = draft.tracked.ticket.claim;
        if asked.action == Action::Claim && claim.is_none_or(|claim| claim.by != asked.by) {
            *draft = before;
            return Ok(Err(Refusal::NotWritten));
        }
        Ok(Ok(Outcome::Done { ticket }))
    }
}
