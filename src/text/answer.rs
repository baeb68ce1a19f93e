//! What the bot answers to the person who pressed a button or typed a command. Only they see it.

use super::{Stamp, by, person, promise, thread, triage};
use crate::domain::Timestamp;
use crate::domain::decision::{Face, Standing};
use crate::domain::ids::{ThreadId, UserId};
use crate::domain::ticket::Claim;
use crate::ledger::intent::{Action, Outcome, Refusal};

/// A command was typed where the bot does not work.
pub const NOT_HERE: &str =
    "I don't work on this server: it is not in my settings. Whoever runs me can add it.";
/// A command was typed in a direct message.
pub const NOT_IN_PRIVATE: &str = "I only work in the help threads of a server, not in private.";
/// A component of an old message, or one that is not ours.
pub const OLD_BUTTON: &str = "This button is from an older version of me. Please use `/claim`, `/resolve` or `/queue` instead.";
/// A command that Discord still shows and we no longer have.
pub const OLD_COMMAND: &str =
    "I no longer know this command. Please reload Discord (Ctrl+R) and try again.";
/// The place is no ticket.
pub const NO_TICKET: &str = "This is not a help thread I look after. Please use this inside one.";
/// `/queue` by somebody who is not staff.
pub const QUEUE_IS_FOR_STAFF: &str = "The queue is for the team. By when your own question is answered is written on the card in \
     its thread.";

/// After it was resolved.
pub const RESOLVED: &str = "Resolved. When the asker writes again, it opens again by itself.";

/// What was done.
pub fn done(action: Action, outcome: Outcome, face: Option<&Face>) -> String {
    let due = face.and_then(|face| match face.standing {
        Standing::Waiting { due_at, .. } => Some(due_at),
        Standing::Unpromised | Standing::Answered | Standing::Resolved { .. } | Standing::Gone => {
            None
        }
    });
    match (action, outcome) {
        (Action::Claim, Outcome::Done { .. }) => {
            with_due("It's yours. The card now says that you are on it.", due)
        }
        (Action::Claim, Outcome::Already { .. }) => with_due("You have this one already.", due),
        (Action::Release, Outcome::Done { .. }) => {
            "It is free again; anybody on the team can claim it.".to_owned()
        }
        (Action::Release, Outcome::Already { .. }) => "Nobody has this one.".to_owned(),
        (Action::Resolve, Outcome::Done { .. }) => RESOLVED.to_owned(),
        (Action::Resolve, Outcome::Already { .. }) => "It is resolved already.".to_owned(),
        (Action::Reopen, Outcome::Done { .. }) => with_due("It is open again.", due),
        (Action::Reopen, Outcome::Already { .. }) => {
            "It is open already: write here what is still missing.".to_owned()
        }
        (Action::SetPriority(_), Outcome::Done { .. }) => with_due("The priority is set.", due),
        (Action::JudgeReply { needed: true, .. }, _) => {
            with_due("Noted: this message needs an answer.", due)
        }
        (Action::JudgeReply { needed: false, .. }, _) => {
            with_due("Noted: nobody owes an answer to this message.", due)
        }
        (Action::Snooze { .. }, _) => {
            "It is out of the queue. It comes back at that time or as soon as somebody else \
             writes; `/queue filter:Snoozed` shows it. Its clocks run on."
                .to_owned()
        }
        (Action::DeclareDown, Outcome::Done { .. }) => with_due(
            "The team has been called. Please stay in this thread and write what else you find.",
            due,
        ),
        (Action::DeclareDown, Outcome::Already { .. }) => {
            "The team has been called already. Please write here what else you find.".to_owned()
        }
        (Action::Promise { .. }, _) => promise::GIVEN.to_owned(),
        (Action::KeepPromise { .. }, _) => promise::NOTED_KEPT.to_owned(),
        (Action::WithdrawPromise { .. }, _) => promise::NOTED_WITHDRAWN.to_owned(),
        // Says until when; see `taken_on`.
        (Action::Acknowledge { .. }, _) => taken_on(None),
        (Action::SetPriority(_), Outcome::Already { .. }) => {
            "It has that priority already.".to_owned()
        }
        (Action::SetKind(kind), Outcome::Done { .. }) => {
            format!("Noted: it is {}.", triage::a_kind(kind))
        }
        (Action::SetKind(kind), Outcome::Already { .. }) => {
            format!("It is {} already.", triage::a_kind(kind))
        }
        (Action::NameCause(cause), _) => {
            format!("Noted: behind it was {}.", triage::a_cause(cause))
        }
    }
}

/// Somebody has taken on what is due.
pub fn taken_on(until: Option<Timestamp>) -> String {
    let until = until.map_or_else(String::new, |until| format!(" until {}", by(until)));
    format!(
        "You have it{until}: nobody else is called about it before. If you need longer, say so \
         again; if you cannot, tell the team."
    )
}

/// Somebody has taken on all of an alert that they wanted, which everybody reads beside this.
pub const ALL_TAKEN_ON: &str = "It's yours, and said here. Nobody else is called about it before; if you cannot, tell the team.";

/// Somebody has taken on what an alert told of; everybody who reads the alert reads this.
pub fn has_it(who: UserId, place: Option<ThreadId>, until: Option<Timestamp>) -> String {
    let what = place.map_or_else(|| "this".to_owned(), thread);
    let until = until.map_or_else(String::new, |until| format!(" until {}", by(until)));
    format!("{} has {what}{until}.", person(who))
}

/// A sentence about one of several threads.
pub fn about(place: Option<ThreadId>, sentence: &str) -> String {
    match place {
        Some(place) => format!("{}: {sentence}", thread(place)),
        None => sentence.to_owned(),
    }
}

/// Nothing has changed, because it could not be written.
pub fn not_written() -> String {
    refused(Action::Claim, Refusal::NotWritten, None)
}

/// What was typed is no date.
pub fn no_date(why: &str) -> String {
    let mut letters = why.chars();
    let first = letters.next().map(char::to_uppercase);
    let rest = letters.as_str();
    format!("{}{rest}.", first.into_iter().flatten().collect::<String>())
}

fn with_due(sentence: &str, due: Option<Timestamp>) -> String {
    match due {
        Some(due_at) => format!("{sentence} An answer is due {}.", by(due_at)),
        None => sentence.to_owned(),
    }
}

/// Why nothing was done, and what to do instead. `claim` is who has the ticket and since when, if
/// that is known.
pub fn refused(action: Action, refusal: Refusal, claim: Option<Claim>) -> String {
    match refusal {
        Refusal::NoTicket => NO_TICKET.to_owned(),
        Refusal::ClaimedBy { by } => {
            let since = claim
                .filter(|claim| claim.by == by)
                .map(|claim| format!(" since {}", Stamp::Relative(claim.at)))
                .unwrap_or_default();
            let instead = match action {
                Action::Claim => "Ask them to `/release` it if you want to take over.",
                Action::Release => "Only they or a moderator can give it back.",
                Action::Resolve
                | Action::Reopen
                | Action::SetPriority(_)
                | Action::JudgeReply { .. }
                | Action::Acknowledge { .. }
                | Action::Snooze { .. }
                | Action::SetKind(_)
                | Action::NameCause(_)
                | Action::DeclareDown
                | Action::Promise { .. }
                | Action::KeepPromise { .. }
                | Action::WithdrawPromise { .. } => {
                    "Please talk to them first."
                }
            };
            format!("{} has this one{since}. {instead}", person(by))
        }
        Refusal::NotClaimed => "Nobody has this one, so there is nothing to give back.".to_owned(),
        Refusal::NotPermitted => match action {
            Action::Claim => {
                "Claiming is for the team. You can answer all the same: every helpful answer counts."
            }
            Action::Release => "Only the person who claimed it, or a moderator, can give it back.",
            Action::Resolve => "Only the person who asked, or somebody on the team, can resolve this.",
            Action::Reopen => "Only the person who asked, or somebody on the team, can reopen this.",
            Action::SetPriority(_) => "The priority is set by the team.",
            Action::JudgeReply { .. } => "Which messages need an answer is for the team to say.",
            Action::Snooze { .. } => "The queue is the team's own matter.",
            Action::SetKind(_) => "What a thread is about is for the team to say.",
            Action::NameCause(_) => "What was behind it is for the team to say.",
            Action::DeclareDown => "Only the person who asked can say so here; the team uses `/critical`. If your own production is down, please open a thread of your own.",
            Action::Promise { .. } | Action::KeepPromise { .. } | Action::WithdrawPromise { .. } => "Dates are promised by the team, and never by whoever asks in the thread.",
            Action::Acknowledge { .. } => "Taking this on is for the team. You can answer all the same: every helpful answer counts.",
        }
        .to_owned(),
        Refusal::TakenOn { by, until } => format!(
            "{} has it until {}. Talk to them if you want to take over.",
            person(by),
            self::by(until)
        ),
        Refusal::NobodyWaits => {
            "Nobody waits for an answer here, so there is nothing to take on.".to_owned()
        }
        Refusal::TooOften => {
            "You have called the team in this way as often as is possible within a day. Please \
             write in the thread; a moderator can still make it critical."
                .to_owned()
        }
        Refusal::NotThen => {
            "Please name a time within the next seven days. If it takes longer, give the asker a \
             date."
                .to_owned()
        }
        Refusal::NotTheAskers => {
            "That is not a message of the person who asks here, so no clock waits for an answer to it."
                .to_owned()
        }
        Refusal::TheQuestion => {
            "That is the question itself. If it is answered, use `/resolve`.".to_owned()
        }
        Refusal::PromisedMeanwhile { by, until } => format!(
            "Nothing has changed: {} has promised this by {} meanwhile. Look at it with `/promise`, \
             and ask again if yours is still wanted.",
            person(by),
            self::by(until)
        ),
        Refusal::NoPromise => {
            "Nothing has changed: what was promised before is not promised any more. Look at the \
             thread, and use `/promise` again if a date is wanted."
                .to_owned()
        }
        Refusal::NoOffer => promise::NO_OFFER.to_owned(),
        Refusal::DatePast => {
            "Nothing was promised: that date has passed by now. Please name one that is still ahead."
                .to_owned()
        }
        Refusal::Resolved => {
            "This one is resolved. Use `/reopen` first if there is more to do.".to_owned()
        }
        Refusal::Gone => "This thread was deleted; there is nothing left to do.".to_owned(),
        Refusal::NotWritten => {
            "I could not write this down just now, so nothing has changed. Please try again in a \
             minute."
                .to_owned()
        }
    }
}

/// Our own mistake. The number is in the log beside its cause.
pub fn sorry(id: &str) -> String {
    format!(
        "Sorry, something broke on my side. Please try again; if it breaks again, give a \
         moderator this number: `{id}`."
    )
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::domain::decision::ClockState;
    use crate::domain::event::{ClockKind, Cycle, Priority};
    use crate::domain::from_millis;
    use crate::domain::ids::{MessageId, TicketId};

    const ACTIONS: [Action; 12] = [
        Action::Claim,
        Action::Release,
        Action::Resolve,
        Action::Reopen,
        Action::SetPriority(Priority::Critical),
        Action::JudgeReply {
            message: MessageId(7),
            author: UserId(40),
            needed: false,
        },
        Action::Acknowledge { until: None },
        Action::Snooze { until: None },
        Action::DeclareDown,
        Action::Promise {
            offer: 7,
            until: chrono::DateTime::UNIX_EPOCH,
            instead_of: None,
        },
        Action::KeepPromise { promise: Cycle(7) },
        Action::WithdrawPromise { promise: Cycle(7) },
    ];

    fn every(sentence: impl Fn(Action) -> String) -> String {
        ACTIONS
            .map(|action| format!("{action:?}: {}", sentence(action)))
            .join("\n")
    }

    #[test]
    fn what_was_done() {
        let ticket = TicketId(1);
        let waiting = Face {
            standing: Standing::Waiting {
                clock: ClockKind::FirstResponse,
                state: ClockState::Running,
                due_at: from_millis(1_795_449_600_000).unwrap(),
            },
            claimed_by: None,
            priority: Priority::Normal,
            promised: None,
        };
        let finished = every(|action| done(action, Outcome::Done { ticket }, Some(&waiting)));
        assert_snapshot!(finished, @"
        Claim: It's yours. The card now says that you are on it. An answer is due <t:1795449600:F> (<t:1795449600:R>).
        Release: It is free again; anybody on the team can claim it.
        Resolve: Resolved. When the asker writes again, it opens again by itself.
        Reopen: It is open again. An answer is due <t:1795449600:F> (<t:1795449600:R>).
        SetPriority(Critical): The priority is set. An answer is due <t:1795449600:F> (<t:1795449600:R>).
        JudgeReply { message: MessageId(7), author: UserId(40), needed: false }: Noted: nobody owes an answer to this message. An answer is due <t:1795449600:F> (<t:1795449600:R>).
        Acknowledge { until: None }: You have it: nobody else is called about it before. If you need longer, say so again; if you cannot, tell the team.
        Snooze { until: None }: It is out of the queue. It comes back at that time or as soon as somebody else writes; `/queue filter:Snoozed` shows it. Its clocks run on.
        DeclareDown: The team has been called. Please stay in this thread and write what else you find. An answer is due <t:1795449600:F> (<t:1795449600:R>).
        Promise { offer: 7, until: 1970-01-01T00:00:00Z, instead_of: None }: Promised. It stands in the thread, and you are reminded in time.
        KeepPromise { promise: Cycle(7) }: Noted, and said in the thread: it is kept.
        WithdrawPromise { promise: Cycle(7) }: It is taken back, and the thread says so. If you can, give another date with `/promise`.
        ");
        assert_snapshot!(every(|action| done(action, Outcome::Already { ticket }, None)), @"
        Claim: You have this one already.
        Release: Nobody has this one.
        Resolve: It is resolved already.
        Reopen: It is open already: write here what is still missing.
        SetPriority(Critical): It has that priority already.
        JudgeReply { message: MessageId(7), author: UserId(40), needed: false }: Noted: nobody owes an answer to this message.
        Acknowledge { until: None }: You have it: nobody else is called about it before. If you need longer, say so again; if you cannot, tell the team.
        Snooze { until: None }: It is out of the queue. It comes back at that time or as soon as somebody else writes; `/queue filter:Snoozed` shows it. Its clocks run on.
        DeclareDown: The team has been called already. Please write here what else you find.
        Promise { offer: 7, until: 1970-01-01T00:00:00Z, instead_of: None }: Promised. It stands in the thread, and you are reminded in time.
        KeepPromise { promise: Cycle(7) }: Noted, and said in the thread: it is kept.
        WithdrawPromise { promise: Cycle(7) }: It is taken back, and the thread says so. If you can, give another date with `/promise`.
        ");
    }

    #[test]
    fn what_was_refused() {
        let by = UserId(41);
        let claim = Claim {
            by,
            at: from_millis(1_795_449_600_000).unwrap(),
        };
        let taken = every(|action| refused(action, Refusal::ClaimedBy { by }, Some(claim)));
        assert_snapshot!(taken, @"
        Claim: <@41> has this one since <t:1795449600:R>. Ask them to `/release` it if you want to take over.
        Release: <@41> has this one since <t:1795449600:R>. Only they or a moderator can give it back.
        Resolve: <@41> has this one since <t:1795449600:R>. Please talk to them first.
        Reopen: <@41> has this one since <t:1795449600:R>. Please talk to them first.
        SetPriority(Critical): <@41> has this one since <t:1795449600:R>. Please talk to them first.
        JudgeReply { message: MessageId(7), author: UserId(40), needed: false }: <@41> has this one since <t:1795449600:R>. Please talk to them first.
        Acknowledge { until: None }: <@41> has this one since <t:1795449600:R>. Please talk to them first.
        Snooze { until: None }: <@41> has this one since <t:1795449600:R>. Please talk to them first.
        DeclareDown: <@41> has this one since <t:1795449600:R>. Please talk to them first.
        Promise { offer: 7, until: 1970-01-01T00:00:00Z, instead_of: None }: <@41> has this one since <t:1795449600:R>. Please talk to them first.
        KeepPromise { promise: Cycle(7) }: <@41> has this one since <t:1795449600:R>. Please talk to them first.
        WithdrawPromise { promise: Cycle(7) }: <@41> has this one since <t:1795449600:R>. Please talk to them first.
        ");
        let unknown = refused(Action::Claim, Refusal::ClaimedBy { by }, None);
        assert_snapshot!(unknown, @"<@41> has this one. Ask them to `/release` it if you want to take over.");
        let forbidden = every(|action| refused(action, Refusal::NotPermitted, None));
        assert_snapshot!(forbidden, @"
        Claim: Claiming is for the team. You can answer all the same: every helpful answer counts.
        Release: Only the person who claimed it, or a moderator, can give it back.
        Resolve: Only the person who asked, or somebody on the team, can resolve this.
        Reopen: Only the person who asked, or somebody on the team, can reopen this.
        SetPriority(Critical): The priority is set by the team.
        JudgeReply { message: MessageId(7), author: UserId(40), needed: false }: Which messages need an answer is for the team to say.
        Acknowledge { until: None }: Taking this on is for the team. You can answer all the same: every helpful answer counts.
        Snooze { until: None }: The queue is the team's own matter.
        DeclareDown: Only the person who asked can say so here; the team uses `/critical`. If your own production is down, please open a thread of your own.
        Promise { offer: 7, until: 1970-01-01T00:00:00Z, instead_of: None }: Dates are promised by the team, and never by whoever asks in the thread.
        KeepPromise { promise: Cycle(7) }: Dates are promised by the team, and never by whoever asks in the thread.
        WithdrawPromise { promise: Cycle(7) }: Dates are promised by the team, and never by whoever asks in the thread.
        ");
        let rest = [
            Refusal::NoTicket,
            Refusal::NotClaimed,
            Refusal::NotTheAskers,
            Refusal::TheQuestion,
            Refusal::TakenOn {
                by,
                until: claim.at,
            },
            Refusal::NobodyWaits,
            Refusal::TooOften,
            Refusal::NotThen,
            Refusal::PromisedMeanwhile {
                by,
                until: claim.at,
            },
            Refusal::NoPromise,
            Refusal::NoOffer,
            Refusal::DatePast,
            Refusal::Resolved,
            Refusal::Gone,
            Refusal::NotWritten,
        ]
        .map(|refusal| refused(Action::Claim, refusal, None))
        .join("\n");
        assert_snapshot!(rest, @"
        This is not a help thread I look after. Please use this inside one.
        Nobody has this one, so there is nothing to give back.
        That is not a message of the person who asks here, so no clock waits for an answer to it.
        That is the question itself. If it is answered, use `/resolve`.
        <@41> has it until <t:1795449600:F> (<t:1795449600:R>). Talk to them if you want to take over.
        Nobody waits for an answer here, so there is nothing to take on.
        You have called the team in this way as often as is possible within a day. Please write in the thread; a moderator can still make it critical.
        Please name a time within the next seven days. If it takes longer, give the asker a date.
        Nothing has changed: <@41> has promised this by <t:1795449600:F> (<t:1795449600:R>) meanwhile. Look at it with `/promise`, and ask again if yours is still wanted.
        Nothing has changed: what was promised before is not promised any more. Look at the thread, and use `/promise` again if a date is wanted.
        This date was decided on already, or was asked for more than a day ago. Use `/promise` again if it is still wanted.
        Nothing was promised: that date has passed by now. Please name one that is still ahead.
        This one is resolved. Use `/reopen` first if there is more to do.
        This thread was deleted; there is nothing left to do.
        I could not write this down just now, so nothing has changed. Please try again in a minute.
        ");
    }

    #[test]
    fn what_needs_no_ticket() {
        let all = [
            NOT_HERE,
            NOT_IN_PRIVATE,
            OLD_BUTTON,
            OLD_COMMAND,
            QUEUE_IS_FOR_STAFF,
            &sorry("0badcafe"),
        ];
        assert_snapshot!(all.join("\n"), @"
        I don't work on this server: it is not in my settings. Whoever runs me can add it.
        I only work in the help threads of a server, not in private.
        This button is from an older version of me. Please use `/claim`, `/resolve` or `/queue` instead.
        I no longer know this command. Please reload Discord (Ctrl+R) and try again.
        The queue is for the team. By when your own question is answered is written on the card in its thread.
        Sorry, something broke on my side. Please try again; if it breaks again, give a moderator this number: `0badcafe`.
        ");
    }
}
