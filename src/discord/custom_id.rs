//! What our buttons and menus carry, as Discord gives it back: a short text of our own.
//!
//! `sameday1:claim:17`: who made it and in which version, what to do, with which ticket. Whatever
//! comes in is read strictly: a text that we would not have written is no [`CustomId`].

use std::fmt;
use std::str::FromStr;

use crate::domain::event::Cycle;
use crate::domain::ids::TicketId;
use crate::domain::issue::DraftId;
use crate::text::queue::Filter;

/// The first word. The number goes up when the meaning of the rest changes, so that buttons of old
/// messages are recognised as old.
const MARK: &str = "sameday1";

/// What a component of ours does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CustomId {
    /// A button of a ticket's card.
    Card {
        /// The ticket.
        ticket: TicketId,
        /// What to do with it.
        press: Press,
    },
    /// Opens the queue. Carries the parcel that the message delivers, so that the message can be
    /// found again when the answer to its sending was lost.
    ShowQueue {
        /// The parcel.
        parcel: i64,
    },
    /// Explains the ticket of the thread it is pressed in. Carries its parcel, as above.
    Why {
        /// The parcel.
        parcel: i64,
    },
    /// Drafts an issue for the ticket of the thread it is pressed in.
    IssueStart {
        /// The ticket.
        ticket: TicketId,
    },
    /// A button of a draft of an issue.
    Issue {
        /// The draft.
        draft: DraftId,
        /// What to do with it.
        press: IssuePress,
    },
    /// Hangs the ticket of a draft on one of the issues shown with it.
    IssueLink {
        /// The draft.
        draft: DraftId,
        /// Which of them, counted from 0.
        at: u8,
    },
    /// What is chosen of what a form gives to choose from.
    IssueChoice {
        /// The draft.
        draft: DraftId,
        /// Which question, counted from 0.
        at: u8,
    },
    /// The form of a draft.
    IssueForm {
        /// The draft.
        draft: DraftId,
        /// How many characters of its text are in the form; the rest is kept.
        kept: u32,
    },
    /// Names what was behind a ticket; the cause comes as the menu's value.
    Cause {
        /// The ticket.
        ticket: TicketId,
    },
    /// Lets an offer to draft an issue be. Carries its parcel, as above.
    IssueDecline {
        /// The parcel.
        parcel: i64,
    },
    /// Shows the issue that the thread hangs on. Carries its parcel, as above.
    IssueShow {
        /// The parcel.
        parcel: i64,
    },
    /// Turns to a page of the queue.
    QueuePage {
        /// What is listed.
        filter: Filter,
        /// Which page, counted from 0.
        page: u32,
    },
    /// The form in which a calendar's text is pasted.
    PasteHolidays,
    /// Makes or discards a change of the settings.
    Setting {
        /// Its number.
        proposal: i64,
        /// Whether it is made.
        wanted: bool,
    },
    /// Gives or leaves a date that was offered.
    PromiseOffer {
        /// The offer.
        offer: u64,
        /// Whether it is given.
        wanted: bool,
    },
    /// Ends a promise.
    Promise {
        /// The ticket.
        ticket: TicketId,
        /// The promise that stood when the button was shown.
        promise: Cycle,
        /// How.
        press: PromisePress,
    },
    /// Takes a cover of days of duty back.
    Uncover {
        /// The interaction that asked for it.
        cover: u64,
    },
    /// Takes on what is due; which tickets comes as the menu's values.
    TakeOn,
    /// Chooses what the queue lists; the choice comes as the menu's value.
    QueueFilter,
}

/// The buttons of a card, and of an alert about one ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Press {
    /// Take the ticket.
    Claim,
    /// Give it back.
    Release,
    /// It is answered.
    Resolve,
    /// It is not.
    Reopen,
    /// Take on what is due for a while.
    Acknowledge,
    /// Staff is sure that it is critical.
    Critical,
    /// Staff is sure that it is not.
    Normal,
    /// The asker says that production is down.
    Down,
    /// The asker is sure of that, or has written what is broken.
    DownSure,
}

/// The buttons below a promise that stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PromisePress {
    /// It is kept.
    Kept,
    /// It is taken back.
    Withdraw,
}

/// The buttons of a draft of an issue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IssuePress {
    /// Open it.
    Open,
    /// Edit it.
    Edit,
    /// Forget it.
    Withdraw,
    /// The asker agrees.
    Allow,
    /// The asker does not.
    Forbid,
}

impl IssuePress {
    const ALL: [Self; 5] = [
        Self::Open,
        Self::Edit,
        Self::Withdraw,
        Self::Allow,
        Self::Forbid,
    ];

    fn word(self) -> &'static str {
        match self {
            Self::Open => "issue-open",
            Self::Edit => "issue-edit",
            Self::Withdraw => "issue-withdraw",
            Self::Allow => "issue-allow",
            Self::Forbid => "issue-forbid",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.word() == word)
    }
}

/// Not a text of ours: another version's, another bot's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a component of this version")]
pub struct Unknown;

impl Press {
    const ALL: [Self; 9] = [
        Self::Claim,
        Self::Release,
        Self::Resolve,
        Self::Reopen,
        Self::Acknowledge,
        Self::Critical,
        Self::Normal,
        Self::Down,
        Self::DownSure,
    ];

    fn word(self) -> &'static str {
        match self {
            Self::Claim => "claim",
            Self::Release => "release",
            Self::Resolve => "resolve",
            Self::Reopen => "reopen",
            Self::Acknowledge => "acknowledge",
            Self::Critical => "critical",
            Self::Normal => "normal",
            Self::Down => "down",
            Self::DownSure => "down-sure",
        }
    }
}

impl fmt::Display for CustomId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Card { ticket, press } => write!(f, "{MARK}:{}:{ticket}", press.word()),
            Self::ShowQueue { parcel } => write!(f, "{MARK}:show-queue:{parcel}"),
            Self::Why { parcel } => write!(f, "{MARK}:why:{parcel}"),
            Self::IssueStart { ticket } => write!(f, "{MARK}:issue:{ticket}"),
            Self::Issue { draft, press } => write!(f, "{MARK}:{}:{draft}", press.word()),
            Self::IssueLink { draft, at } => write!(f, "{MARK}:issue-link:{draft}:{at}"),
            Self::IssueChoice { draft, at } => write!(f, "{MARK}:issue-choice:{draft}:{at}"),
            Self::IssueForm { draft, kept } => write!(f, "{MARK}:issue-form:{draft}:{kept}"),
            Self::Cause { ticket } => write!(f, "{MARK}:cause:{ticket}"),
            Self::IssueDecline { parcel } => write!(f, "{MARK}:issue-decline:{parcel}"),
            Self::IssueShow { parcel } => write!(f, "{MARK}:issue-show:{parcel}"),
            Self::QueuePage { filter, page } => {
                write!(f, "{MARK}:queue:{}:{page}", filter.word())
            }
            Self::Setting { proposal, wanted } => {
                let word = if *wanted { "change" } else { "discard" };
                write!(f, "{MARK}:settings:{word}:{proposal}")
            }
            Self::PromiseOffer { offer, wanted } => {
                let word = if *wanted { "give" } else { "leave" };
                write!(f, "{MARK}:promise:{word}:{offer}")
            }
            Self::Promise {
                ticket,
                promise,
                press,
            } => {
                let word = match press {
                    PromisePress::Kept => "kept",
                    PromisePress::Withdraw => "withdraw",
                };
                write!(f, "{MARK}:promise:{word}:{ticket}:{}", promise.0)
            }
            Self::Uncover { cover } => write!(f, "{MARK}:uncover:{cover}"),
            Self::TakeOn => write!(f, "{MARK}:take-on"),
            Self::PasteHolidays => write!(f, "{MARK}:paste"),
            Self::QueueFilter => write!(f, "{MARK}:filter"),
        }
    }
}

impl FromStr for CustomId {
    type Err = Unknown;

    fn from_str(text: &str) -> Result<Self, Unknown> {
        let words: Vec<&str> = text.splitn(6, ':').collect();
        let read = match words.as_slice() {
            [MARK, "show-queue", parcel] => Self::ShowQueue {
                parcel: number(parcel)?,
            },
            [MARK, "why", parcel] => Self::Why {
                parcel: number(parcel)?,
            },
            [MARK, "issue-link", draft, at] => Self::IssueLink {
                draft: DraftId(number(draft)?),
                at: number(at)?,
            },
            [MARK, "issue-choice", draft, at] => Self::IssueChoice {
                draft: DraftId(number(draft)?),
                at: number(at)?,
            },
            [MARK, "issue-form", draft, kept] => Self::IssueForm {
                draft: DraftId(number(draft)?),
                kept: number(kept)?,
            },
            [MARK, "cause", ticket] => Self::Cause {
                ticket: TicketId(number(ticket)?),
            },
            [MARK, "issue-decline", parcel] => Self::IssueDecline {
                parcel: number(parcel)?,
            },
            [MARK, "issue-show", parcel] => Self::IssueShow {
                parcel: number(parcel)?,
            },
            [MARK, "queue", filter, page] => Self::QueuePage {
                filter: Filter::from_word(filter).ok_or(Unknown)?,
                page: number(page)?,
            },
            [MARK, "settings", word @ ("change" | "discard"), proposal] => Self::Setting {
                proposal: number(proposal)?,
                wanted: *word == "change",
            },
            [MARK, "promise", word @ ("give" | "leave"), offer] => Self::PromiseOffer {
                offer: number(offer)?,
                wanted: *word == "give",
            },
            [
                MARK,
                "promise",
                word @ ("kept" | "withdraw"),
                ticket,
                promise,
            ] => Self::Promise {
                ticket: TicketId(number(ticket)?),
                promise: Cycle(number(promise)?),
                press: if *word == "kept" {
                    PromisePress::Kept
                } else {
                    PromisePress::Withdraw
                },
            },
            [MARK, "uncover", cover] => Self::Uncover {
                cover: number(cover)?,
            },
            [MARK, "take-on"] => Self::TakeOn,
            [MARK, "paste"] => Self::PasteHolidays,
            [MARK, "filter"] => Self::QueueFilter,
            [MARK, "issue", ticket] => Self::IssueStart {
                ticket: TicketId(number(ticket)?),
            },
            [MARK, word, id] => match IssuePress::from_word(word) {
                Some(press) => Self::Issue {
                    draft: DraftId(number(id)?),
                    press,
                },
                None => Self::Card {
                    ticket: TicketId(number(id)?),
                    press: Press::ALL
                        .into_iter()
                        .find(|known| known.word() == *word)
                        .ok_or(Unknown)?,
                },
            },
            _ => return Err(Unknown),
        };
        Ok(read)
    }
}

/// A number as we write it: "7", never "+7" or "07".
fn number<T: FromStr + ToString>(text: &str) -> Result<T, Unknown> {
    let number: T = text.parse().map_err(|_| Unknown)?;
    if number.to_string() == text {
        Ok(number)
    } else {
        Err(Unknown)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    pub(in crate::discord) fn any_custom_id() -> impl Strategy<Value = CustomId> {
        let press = proptest::sample::select(&Press::ALL);
        let filter = proptest::sample::select(&Filter::ALL);
        prop_oneof![
            (any::<i64>(), press).prop_map(|(ticket, press)| CustomId::Card {
                ticket: TicketId(ticket),
                press
            }),
            any::<i64>().prop_map(|parcel| CustomId::ShowQueue { parcel }),
            any::<i64>().prop_map(|parcel| CustomId::Why { parcel }),
            any::<i64>().prop_map(|parcel| CustomId::IssueShow { parcel }),
            any::<i64>().prop_map(|parcel| CustomId::IssueDecline { parcel }),
            any::<i64>().prop_map(|ticket| CustomId::Cause {
                ticket: TicketId(ticket)
            }),
            any::<i64>().prop_map(|ticket| CustomId::IssueStart {
                ticket: TicketId(ticket)
            }),
            (any::<i64>(), proptest::sample::select(&IssuePress::ALL)).prop_map(
                |(draft, press)| CustomId::Issue {
                    draft: DraftId(draft),
                    press
                }
            ),
            (any::<i64>(), any::<u8>()).prop_map(|(draft, at)| CustomId::IssueLink {
                draft: DraftId(draft),
                at
            }),
            (any::<i64>(), any::<u8>()).prop_map(|(draft, at)| CustomId::IssueChoice {
                draft: DraftId(draft),
                at
            }),
            (any::<i64>(), any::<u32>()).prop_map(|(draft, kept)| CustomId::IssueForm {
                draft: DraftId(draft),
                kept
            }),
            (filter, any::<u32>()).prop_map(|(filter, page)| CustomId::QueuePage { filter, page }),
            (any::<i64>(), any::<bool>())
                .prop_map(|(proposal, wanted)| CustomId::Setting { proposal, wanted }),
            (any::<u64>(), any::<bool>())
                .prop_map(|(offer, wanted)| CustomId::PromiseOffer { offer, wanted }),
            (any::<i64>(), any::<u64>(), any::<bool>()).prop_map(|(ticket, promise, kept)| {
                CustomId::Promise {
                    ticket: TicketId(ticket),
                    promise: Cycle(promise),
                    press: if kept {
                        PromisePress::Kept
                    } else {
                        PromisePress::Withdraw
                    },
                }
            }),
            any::<u64>().prop_map(|cover| CustomId::Uncover { cover }),
            Just(CustomId::PasteHolidays),
            Just(CustomId::QueueFilter),
            Just(CustomId::TakeOn),
        ]
    }

    proptest! {
        #[test]
        fn what_we_write_we_read(custom_id in any_custom_id()) {
            let text = custom_id.to_string();
            prop_assert!(text.len() <= 100, "Discord takes 100 characters");
            prop_assert_eq!(text.parse(), Ok(custom_id));
        }

        #[test]
        fn what_we_read_we_would_have_written(
            text in prop_oneof![
                "\\PC{0,120}",
                "sameday1(:(claim|release|queue|show-queue|filter|all|mine|[+-]?[0-9]{0,22}| )){0,4}",
            ]
        ) {
            if let Ok(custom_id) = text.parse::<CustomId>() {
                prop_assert_eq!(custom_id.to_string(), text);
            }
        }
    }

    #[test]
    fn other_versions_are_not_ours() {
        for text in [
            "",
            "sameday1",
            "sameday0:claim:1",
            "sameday1:claim:+1",
            "sameday1:claim:1:2",
            "sameday1:eat:1",
        ] {
            assert_eq!(text.parse::<CustomId>(), Err(Unknown), "{text}");
        }
    }
}
