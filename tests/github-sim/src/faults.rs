//! Bad weather on demand.
//!
//! ```no_run
//! # use github_sim::faults::{Fault, Faults};
//! # fn order(faults: &Faults) {
//! // The next two issues are made, but nobody hears of it.
//! faults.order("POST /repos/*/*/issues", 2, Fault::CutAfter);
//! # }
//! ```

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What shall go wrong with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// This status instead of any effect.
    Answer(u16),
    /// This status although the request had its effect.
    AnswerAfter(u16),
    /// The secondary rate limit: wait so many seconds.
    SlowDown(u32),
    /// The request has its effect, its answer comes so much later (real time).
    DelayAnswer(Duration),
    /// The connection is cut before the request has any effect.
    CutBefore,
    /// The connection is cut after the effect: the answer is lost.
    CutAfter,
}

impl Fault {
    /// Whether it comes after the request's effect.
    pub(crate) fn is_late(self) -> bool {
        match self {
            Self::AnswerAfter(_) | Self::DelayAnswer(_) | Self::CutAfter => true,
            Self::Answer(_) | Self::SlowDown(_) | Self::CutBefore => false,
        }
    }
}

/// The faults ordered.
#[derive(Default)]
pub struct Faults {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    /// What every request meets for now.
    outage: Option<Fault>,
    ordered: Vec<Ordered>,
}

struct Ordered {
    method: String,
    pattern: Vec<String>,
    fault: Fault,
    left: usize,
}

impl Faults {
    /// The next `times` requests that match have this fault. `requests` is a method (or `*`) and a
    /// path in which `*` stands for one segment and a last `**` for any rest.
    pub fn order(&self, requests: &str, times: usize, fault: Fault) {
        let (method, path) = requests.split_once(' ').unwrap_or(("*", requests));
        self.lock().ordered.push(Ordered {
            method: method.to_owned(),
            pattern: path.split('/').map(str::to_owned).collect(),
            fault,
            left: times,
        });
    }

    /// Takes back every fault that did not happen yet, and says how many there were.
    pub fn clear(&self) -> usize {
        let mut inner = self.lock();
        inner.ordered.drain(..).map(|ordered| ordered.left).sum()
    }

    /// What every request meets for now, if anything: see [`crate::GitHub::goes_down`].
    pub fn outage(&self) -> Option<Fault> {
        self.lock().outage
    }

    pub(crate) fn set_outage(&self, fault: Option<Fault>) {
        self.lock().outage = fault;
    }

    /// The fault of this request: of an outage, or taken off the list.
    pub(crate) fn take(&self, method: &str, path: &str) -> Option<Fault> {
        let mut inner = self.lock();
        if inner.outage.is_some() {
            return inner.outage;
        }
        let ordered = &mut inner.ordered;
        let at = ordered.iter().position(|one| one.matches(method, path))?;
        let one = ordered.get_mut(at)?;
        let fault = one.fault;
        one.left = one.left.saturating_sub(1);
        if one.left == 0 {
            ordered.remove(at);
        }
        Some(fault)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ordered {
    fn matches(&self, method: &str, path: &str) -> bool {
        let mut asked = path.split('/');
        let fits = self.pattern.iter().all(|part| match part.as_str() {
            "**" => {
                asked.by_ref().for_each(drop);
                true
            }
            "*" => asked.next().is_some_and(|segment| !segment.is_empty()),
            literal => asked.next() == Some(literal),
        });
        (self.method == "*" || self.method == method) && fits && asked.next().is_none()
    }
}
