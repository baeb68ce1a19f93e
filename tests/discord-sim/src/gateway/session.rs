//! A session: who it is for, what it may see, and everything it was sent.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::{DateTime, Utc};
use serde_json::Value;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::content;
use crate::world::{Dispatch, World, intents};

/// An event as sessions get it, made once for all that see the same.
#[derive(Debug)]
pub(super) struct Event {
    pub(super) name: &'static str,
    /// JSON.
    pub(super) data: String,
    /// Whether it was held against the schemas already.
    pub(super) checked: AtomicBool,
}

impl Event {
    pub(super) fn new(name: &'static str, data: &Value) -> Arc<Self> {
        Arc::new(Self {
            name,
            data: data.to_string(),
            checked: AtomicBool::new(false),
        })
    }

    /// True the first time.
    pub(super) fn claim_check(&self) -> bool {
        !self.checked.swap(true, Ordering::Relaxed)
    }
}

/// An event with its number in a session.
#[derive(Clone, Debug)]
pub(super) struct Numbered {
    pub(super) seq: u64,
    pub(super) event: Arc<Event>,
}

impl Numbered {
    /// The frame, in the order of keys that Discord uses.
    pub(super) fn frame(&self) -> String {
        let Self { seq, event } = self;
        format!(
            r#"{{"t":"{}","s":{seq},"op":0,"d":{}}}"#,
            event.name, event.data
        )
    }
}

/// What a connection is told to do.
#[derive(Debug)]
pub(super) enum Order {
    Send(Numbered),
    /// A frame that is no event, such as op 7.
    SendRaw(Value),
    /// Any text at all.
    Utter(String),
    /// Op 9. The connection then serves no session.
    Invalidate {
        resumable: bool,
    },
    /// A close frame; `None` has no code.
    Close(Option<u16>, &'static str),
}

/// The way to the connection that a session (or a client that has none yet) is on.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) number: u64,
    pub(super) orders: mpsc::UnboundedSender<Order>,
    /// Ends the TCP connection at once.
    pub(super) cut: CancellationToken,
}

impl Line {
    /// Hands on an order. A connection that just ended takes none, and needs none: its session
    /// keeps what was numbered.
    pub(super) fn order(&self, order: Order) {
        drop(self.orders.send(order));
    }
}

/// Which part of the guilds a session serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    pub id: u64,
    pub count: u64,
}

impl Shard {
    /// Whether events of the guild are this shard's; those without guild are shard 0's.
    pub fn serves(self, guild: Option<u64>) -> bool {
        match guild {
            Some(guild) => (guild >> 22) % self.count.max(1) == self.id,
            None => self.id == 0,
        }
    }
}

/// What a client asked for when it identified.
#[derive(Clone, Debug)]
pub(super) struct Wish {
    /// The bot's account.
    pub(super) bot: u64,
    pub(super) application: u64,
    pub(super) intents: u64,
    /// `None`: the client said nothing, and READY says nothing of it.
    pub(super) shard: Option<Shard>,
}

#[derive(Debug)]
pub(super) struct Session {
    pub(super) id: String,
    pub(super) wish: Wish,
    /// The number of the last event.
    pub(super) seq: u64,
    pub(super) log: Vec<Numbered>,
    pub(super) line: Option<Line>,
    /// Since when it has no connection.
    pub(super) detached_at: Option<DateTime<Utc>>,
    /// False once Discord forgot it: it lives as long as its connection.
    pub(super) resumable: bool,
}

impl Session {
    pub(super) fn new(id: String, wish: Wish, line: Line) -> Self {
        Self {
            id,
            wish,
            seq: 0,
            log: Vec::new(),
            line: Some(line),
            detached_at: None,
            resumable: true,
        }
    }

    pub(super) fn shard(&self) -> Shard {
        self.wish.shard.unwrap_or(Shard { id: 0, count: 1 })
    }

    /// Whether it is sent an event at all.
    pub(super) fn sees(&self, world: &World, dispatch: &Dispatch) -> bool {
        let wanted = dispatch.intents == 0 || self.wish.intents & dispatch.intents != 0;
        wanted && self.shard().serves(dispatch.guild) && world.may_receive(self.wish.bot, dispatch)
    }

    /// The event as it sees it, when that is less than everything.
    pub(super) fn reduced(&self, dispatch: &Dispatch) -> Option<Value> {
        if self.wish.intents & intents::MESSAGE_CONTENT != 0 {
            return None;
        }
        content::emptied(dispatch.event, &dispatch.data, self.wish.bot)
    }

    /// Numbers an event, keeps it for a replay and sends it if somebody is there.
    pub(super) fn push(&mut self, event: Arc<Event>) {
        let numbered = self.number(event);
        self.log.push(numbered.clone());
        self.send(numbered);
    }

    /// Sends an event that is not part of a replay, such as RESUMED.
    pub(super) fn push_once(&mut self, event: Arc<Event>) {
        let numbered = self.number(event);
        self.send(numbered);
    }

    /// Sends again everything after `seq`. False: there is no such number yet.
    pub(super) fn replay(&self, seq: u64) -> bool {
        if seq > self.seq {
            return false;
        }
        let from = self.log.partition_point(|numbered| numbered.seq <= seq);
        for numbered in self.log.iter().skip(from) {
            self.send(numbered.clone());
        }
        true
    }

    fn number(&mut self, event: Arc<Event>) -> Numbered {
        self.seq += 1;
        Numbered {
            seq: self.seq,
            event,
        }
    }

    fn send(&self, numbered: Numbered) {
        if let Some(line) = &self.line {
            line.order(Order::Send(numbered));
        }
    }
}
