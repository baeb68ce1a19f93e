//! What is wrong with the gateway at the moment.

use chrono::{DateTime, TimeDelta, Utc};

use crate::world::Dispatch;

/// Whether new connections are let in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Door {
    #[default]
    Open,
    /// The connection is reset as soon as it is made.
    Refusing,
    /// The connection is taken, and nothing is ever said on it, also when the door opens again.
    Silent,
    /// The WebSocket is opened as well, and then nothing is said on it.
    Speechless,
}

/// What is wrong for every connection; see [`super::Hub::trouble`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Trouble {
    pub door: Door,
    /// Heartbeats are not acknowledged.
    pub no_acks: bool,
    /// Nothing that clients send is read.
    pub deaf: bool,
    /// Nothing is written to clients. What they were to get waits.
    pub mute: bool,
}

/// Events to be lost, doubled, late or in another order on their way to the sessions.
#[derive(Debug, Default)]
pub(super) struct Queue {
    pub(super) lose: usize,
    pub(super) duplicate: usize,
    /// So many of the next events are held back and then delivered last first.
    pub(super) reorder: usize,
    held: Vec<Dispatch>,
    /// So many of the next events come so much later.
    pub(super) delay: (usize, TimeDelta),
    late: Vec<(DateTime<Utc>, Dispatch)>,
}

impl Queue {
    /// What was late and comes now.
    pub(super) fn arrived(&mut self, now: DateTime<Utc>) -> Vec<Dispatch> {
        let arrived = self.late.extract_if(.., |(at, _)| *at <= now);
        arrived.map(|(_, dispatch)| dispatch).collect()
    }

    /// What to deliver now that this event came.
    pub(super) fn pass(&mut self, dispatch: Dispatch, now: DateTime<Utc>) -> Vec<Dispatch> {
        if self.lose > 0 {
            self.lose -= 1;
            return Vec::new();
        }
        if self.delay.0 > 0 {
            self.delay.0 -= 1;
            self.late.push((now + self.delay.1, dispatch));
            return Vec::new();
        }
        if self.reorder > 0 {
            self.reorder -= 1;
            self.held.push(dispatch);
            return if self.reorder == 0 {
                self.release()
            } else {
                Vec::new()
            };
        }
        if self.duplicate > 0 {
            self.duplicate -= 1;
            return vec![dispatch.clone(), dispatch];
        }
        vec![dispatch]
    }

    /// What is held back, last first.
    pub(super) fn release(&mut self) -> Vec<Dispatch> {
        self.reorder = 0;
        let mut held = std::mem::take(&mut self.held);
        held.reverse();
        held
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn event(name: &'static str) -> Dispatch {
        Dispatch {
            event: name,
            guild: None,
            channel: None,
            intents: 0,
            data: Value::Null,
            only_user: None,
        }
    }

    fn pass_all(queue: &mut Queue, names: &[&'static str]) -> Vec<&'static str> {
        let now = DateTime::UNIX_EPOCH;
        let passed = names.iter().flat_map(|name| queue.pass(event(name), now));
        passed.map(|dispatch| dispatch.event).collect()
    }

    #[test]
    fn events_are_lost_doubled_and_reordered() {
        let mut queue = Queue {
            lose: 1,
            duplicate: 1,
            reorder: 3,
            ..Queue::default()
        };
        let passed = pass_all(&mut queue, &["a", "b", "c", "d", "e", "f"]);
        assert_eq!(passed, ["d", "c", "b", "e", "e", "f"]);
    }

    #[test]
    fn what_is_late_is_overtaken() {
        let mut queue = Queue {
            delay: (1, TimeDelta::seconds(3)),
            ..Queue::default()
        };
        assert_eq!(pass_all(&mut queue, &["a", "b"]), ["b"]);
        let at = |seconds| DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds);
        assert!(queue.arrived(at(2)).is_empty());
        assert_eq!(queue.arrived(at(3))[0].event, "a");
        assert!(queue.arrived(at(4)).is_empty());
    }

    #[test]
    fn what_is_held_can_be_released() {
        let mut queue = Queue {
            reorder: 5,
            ..Queue::default()
        };
        assert_eq!(pass_all(&mut queue, &["a", "b"]), Vec::<&str>::new());
        let released: Vec<_> = queue.release().iter().map(|held| held.event).collect();
        assert_eq!(released, ["b", "a"]);
        assert_eq!(pass_all(&mut queue, &["c"]), ["c"]);
    }
}
