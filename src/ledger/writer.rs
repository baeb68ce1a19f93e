//! The task that writes: what it takes next, and what it does when the disk refuses.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use chrono::SubsecRound as _;
use tokio::sync::{mpsc, oneshot};

use super::batch::{self, Ground, Written};
use super::intent::Intent;
use super::recent::Recent;
use super::request::{Ask, Asked, Control, Released, Request};
use super::{FellDue, Hold, INTENTS_QUEUED, LiveGuilds, Shared, erase, sweep};
use crate::clock::Clock;
use crate::domain::Timestamp;
use crate::domain::guild::Guilds;
use crate::domain::ids::GuildId;
use crate::domain::parcel::Notice;
use crate::store::{Store, StoreError};

/// How long the first pause lasts after the disk refused; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// The longest pause: a disk with room again is noticed within this time.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// How often the moderators are told of a full disk at most: one that is nearly full takes small
/// writes between the large ones that it refuses.
const TOLD_EVERY: chrono::TimeDelta = chrono::TimeDelta::minutes(10);

/// With this added and cut to whole seconds, an instant is the end of its second.
const GATHER: chrono::TimeDelta = chrono::TimeDelta::milliseconds(999);

/// How many threads one transaction is about, at most: the log that it fills is copied into the file
/// only after it.
const MOST_THREADS: usize = 12_288;

/// How many reports are kept while the disk refuses; there are never more parcels under way.
const REPORTS_KEPT: usize = 1_024;

/// What is left of threads that are gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Traces {
    /// Rows may still hold what was theirs.
    Stored,
    /// The rows are erased; the write-ahead log may still hold what they were.
    Logged,
    /// Nothing.
    Gone,
}

/// See the [module](self).
#[derive(Debug)]
pub(super) struct Writer {
    store: Store,
    live: LiveGuilds,
    /// What was live when the transaction under way began.
    guilds: Guilds,
    clock: Clock,
    shared: Arc<Shared>,
    intents_queued: mpsc::Receiver<Intent>,
    requests_queued: mpsc::Receiver<Request>,
    recent: Recent,
    /// Taken from the queues and not yet written. Its room is taken once: what comes and goes by the
    /// megabyte leaves holes in memory.
    intents: Vec<Intent>,
    asks: Vec<Ask>,
    controls: Vec<Control>,
    held: bool,
    last_hold: Hold,
    stopping: bool,
    /// No ticket is due before; `None` when none is due at all. May be too early, never too late.
    next_wake: Option<Timestamp>,
    traces: Traces,
    /// Since when the disk refuses.
    refused_since: Option<Timestamp>,
    /// When the moderators were last told that it had.
    told_at: Option<Timestamp>,
    pause: Duration,
    /// Answered when nothing is due any more, with what was raised since they asked.
    released: Vec<oneshot::Sender<Released>>,
    fell_due: BTreeMap<GuildId, FellDue>,
    settled: Vec<oneshot::Sender<()>>,
    stopped: Vec<oneshot::Sender<()>>,
}

impl Writer {
    pub(super) fn new(
        store: Store,
        live: LiveGuilds,
        clock: Clock,
        shared: Arc<Shared>,
        intents_queued: mpsc::Receiver<Intent>,
        requests_queued: mpsc::Receiver<Request>,
        held: bool,
    ) -> Self {
        let next_wake = Some(clock.now());
        Self {
            store,
            guilds: live.now(),
            live,
            clock,
            shared,
            intents_queued,
            requests_queued,
            recent: Recent::default(),
            intents: Vec::with_capacity(INTENTS_QUEUED),
            asks: Vec::new(),
            controls: Vec::new(),
            held,
            last_hold: Hold::default(),
            stopping: false,
            next_wake,
            traces: Traces::Stored,
            refused_since: None,
            told_at: None,
            pause: FIRST_PAUSE,
            released: Vec::new(),
            fell_due: BTreeMap::new(),
            settled: Vec::new(),
            stopped: Vec::new(),
        }
    }

    pub(super) async fn run(mut self) {
        while let Err(error) = self.start_up().await {
            self.refused(&error).await;
            if self.stopping {
                break;
            }
        }
        self.next_wake = Some(self.clock.now());
        loop {
            self.drain();
            self.write_batch().await;
            self.obey();
            // What is due is decided after the next start as well.
            let worked = !self.stopping && (self.sweep().await | self.erase().await);
            if !worked {
                self.answer_released();
            }
            let queued = !self.intents_queued.is_empty()
                || !self.requests_queued.is_empty()
                || !self.asks.is_empty();
            if worked || queued {
                continue;
            }
            self.answer_idle();
            if self.stopping {
                break;
            }
            self.store.tidy().await;
            self.wait().await;
        }
        for stopped in self.stopped.drain(..) {
            tell(stopped, ());
        }
    }

    async fn start_up(&self) -> Result<(), StoreError> {
        sweep::start_up(&self.store, &self.guilds, self.clock.now()).await
    }

    /// Takes what is queued, up to one batch.
    fn drain(&mut self) {
        while self.intents.len() < INTENTS_QUEUED {
            let Ok(intent) = self.intents_queued.try_recv() else {
                break;
            };
            self.intents.push(intent);
        }
        // Taken after the intents: a command finds what its sender had seen before sending it.
        while let Ok(request) = self.requests_queued.try_recv() {
            self.take(request);
        }
    }

    fn take(&mut self, request: Request) {
        match request {
            Request::Ask(ask) => self.asks.push(ask),
            Request::Control(control) => self.controls.push(control),
        }
    }

    /// When to decide what is due. What falls due within one second is decided together, so that it is
    /// told together; whoever waits for everything to be done does not wait for that.
    fn next_sweep(&self) -> Option<Timestamp> {
        let next = self.next_wake.filter(|_| !self.held)?;
        if self.settled.is_empty() && self.released.is_empty() {
            next.checked_add_signed(GATHER)
                .map(|end| end.trunc_subsecs(0))
        } else {
            Some(next)
        }
    }

    /// Waits until there is something to do.
    async fn wait(&mut self) {
        let due = self.next_sweep();
        let clock = self.clock.clone();
        let sleep = async {
            match due {
                Some(due) => clock.sleep_until(due).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            intent = self.intents_queued.recv() => match intent {
                Some(intent) => self.intents.push(intent),
                None => self.stopping = true,
            },
            request = self.requests_queued.recv() => match request {
                Some(request) => self.take(request),
                None => self.stopping = true,
            },
            () = sleep => {}
        }
    }

    /// Does what it was told, after the batch that was queued before.
    fn obey(&mut self) {
        for control in std::mem::take(&mut self.controls) {
            match control {
                Control::Hold(done) => {
                    self.held = true;
                    self.last_hold.0 += 1;
                    tell(done, self.last_hold);
                }
                Control::Release(hold, done) if hold == self.last_hold => {
                    self.held = false;
                    self.released.push(done);
                }
                Control::Release(_, done) => tell(done, None),
                Control::Settle(done) => self.settled.push(done),
                Control::Stop(done) => {
                    self.stopping = true;
                    self.stopped.push(done);
                    self.intents_queued.close();
                    self.requests_queued.close();
                }
            }
        }
    }

    /// Nothing is due any more; facts may be queued, as they are all the time where much is written.
    fn answer_released(&mut self) {
        if self.released.is_empty() {
            return;
        }
        let fell_due = std::mem::take(&mut self.fell_due);
        for released in self.released.drain(..) {
            tell(released, Some(fell_due.clone()));
        }
    }

    fn answer_idle(&mut self) {
        for settled in self.settled.drain(..) {
            tell(settled, ());
        }
    }

    /// Writes what was taken, all or nothing. What fails for a reason of its own is taken out.
    async fn write_batch(&mut self) {
        // A hold that was asked for holds already: what came after it must not be decided.
        self.held |= self
            .controls
            .iter()
            .any(|control| matches!(control, Control::Hold(_)));
        let mut intents = std::mem::take(&mut self.intents);
        let asks = std::mem::take(&mut self.asks);
        if !(intents.is_empty() && asks.is_empty()) {
            let mut portions = portions(&intents);
            let last = portions.pop().unwrap_or_default();
            for portion in portions {
                self.write_or_leave_out(portion, Vec::new()).await;
            }
            // After all intents: a command finds what its sender had seen before sending it.
            self.write_or_leave_out(last, asks).await;
        }
        intents.clear();
        self.intents = intents;
    }

    async fn write_or_leave_out(&mut self, intents: &[Intent], mut asks: Vec<Ask>) {
        let Err(error) = self.write(intents, &mut asks).await else {
            asks.into_iter().for_each(Ask::send);
            return;
        };
        if intents.len() + asks.len() == 1 {
            return self.unwritable(&error);
        }
        for intent in intents {
            let one = std::slice::from_ref(intent);
            if let Err(error) = self.write(one, &mut Vec::new()).await {
                self.unwritable(&error);
            }
        }
        for ask in asks {
            let mut one = vec![ask];
            match self.write(&[], &mut one).await {
                Ok(()) => one.into_iter().for_each(Ask::send),
                Err(error) => self.unwritable(&error),
            }
        }
    }

    fn unwritable(&self, error: &StoreError) {
        self.shared.unwritable.fetch_add(1, Ordering::Relaxed);
        tracing::error!(%error, "something could not be written and was left out");
    }

    /// Writes until it is written or fails for a reason of its own. While the disk refuses, asks
    /// that can be asked again are dropped, which tells whoever waits.
    async fn write(&mut self, intents: &[Intent], asks: &mut Vec<Ask>) -> Result<(), StoreError> {
        loop {
            let (ground, recent) = self.ground();
            match Box::pin(batch::write(ground, recent, intents, asks)).await {
                Ok(written) => {
                    self.committed(written);
                    return Ok(());
                }
                Err(error) if error.is_passing() => {
                    asks.retain(Ask::is_fact);
                    self.refused(&error).await;
                    if self.stopping {
                        tracing::error!(
                            intents = intents.len(),
                            "stopped while the disk refuses: what was queued is lost here, and found again by catch-up"
                        );
                        asks.clear();
                        return Ok(());
                    }
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// What to decide by, and the threads that are in memory.
    fn ground(&mut self) -> (Ground<'_>, &mut Recent) {
        self.guilds = self.live.now();
        let ground = Ground {
            store: &self.store,
            guilds: &self.guilds,
            now: self.clock.now(),
            held: self.held,
            strays_wait: self.shared.strays.wait(),
            bridge: self.shared.bridge.get(),
        };
        (ground, &mut self.recent)
    }

    fn committed(&mut self, written: Written) {
        self.accepted();
        if let Some(wake_at) = written.wake_at {
            self.next_wake = Some(self.next_wake.map_or(wake_at, |next| next.min(wake_at)));
        }
        if written.ordered {
            self.shared.ordered.notify_one();
        }
        if written.bridged {
            self.shared.bridged.notify_one();
        }
        if written.lost {
            self.traces = Traces::Stored;
        }
        for settings in written.settings {
            self.live.switch(settings);
        }
        self.shared.strays.note(written.strays);
        if !self.released.is_empty() {
            for (guild, more) in written.fell_due {
                *self.fell_due.entry(guild).or_default() += more;
            }
        }
    }

    /// Decides some of what is due. Whether there was anything.
    async fn sweep(&mut self) -> bool {
        let now = self.clock.now();
        if self.next_sweep().is_none_or(|next| next > now) {
            return false;
        }
        let (ground, recent) = self.ground();
        match Box::pin(sweep::sweep(ground, recent)).await {
            Ok(swept) => {
                self.committed(swept.written);
                self.next_wake = swept.next_wake;
                swept.due > 0
            }
            Err(error) if error.is_passing() => {
                self.refused(&error).await;
                !self.stopping
            }
            Err(error) => {
                tracing::warn!(%error, "what is due is decided one by one");
                let (ground, recent) = self.ground();
                match Box::pin(sweep::sweep_singly(ground, recent)).await {
                    Ok(written) => self.committed(written),
                    Err(error) => self.refused(&error).await,
                }
                !self.stopping
            }
        }
    }

    /// Erases some of what is to be erased. Whether there was anything.
    async fn erase(&mut self) -> bool {
        if self.traces == Traces::Stored {
            let now = self.clock.now();
            match Box::pin(erase::erase(&self.store, &mut self.recent, now)).await {
                Ok(true) => {}
                Ok(false) => self.traces = Traces::Logged,
                Err(error) if error.is_passing() => self.refused(&error).await,
                Err(error) => {
                    tracing::error!(%error, "a deleted thread could not be erased; run `sameday check`");
                    self.traces = Traces::Logged;
                }
            }
        }
        if self.traces == Traces::Logged {
            self.clear_log().await;
        }
        self.traces == Traces::Stored && !self.stopping
    }

    /// The last trace of what was erased. Tried again with the next batch while somebody reads.
    async fn clear_log(&mut self) {
        match self.store.clear_log().await {
            Ok(true) => self.traces = Traces::Gone,
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "the log of the database was not cleared"),
        }
    }

    /// The disk refused: says so once, and lets a while pass in which commands are told at once.
    async fn refused(&mut self, error: &StoreError) {
        if self.refused_since.is_none() {
            self.refused_since = Some(self.clock.now());
            tracing::error!(%error, "the database does not take our writes; trying again until it does");
        }
        let pause = tokio::time::sleep(self.pause);
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        tokio::pin!(pause);
        loop {
            let room = self.asks.len() < REPORTS_KEPT;
            tokio::select! {
                biased;
                () = &mut pause => return,
                request = self.requests_queued.recv(), if room => match request {
                    Some(Request::Ask(ask)) if ask.is_fact() => self.asks.push(ask),
                    Some(Request::Ask(refused)) => drop(refused),
                    Some(Request::Control(Control::Stop(done))) => {
                        self.stopping = true;
                        self.stopped.push(done);
                        return;
                    }
                    Some(Request::Control(control)) => self.controls.push(control),
                    None => {
                        self.stopping = true;
                        return;
                    }
                },
            }
        }
    }

    /// The disk takes our writes: when it had refused, the moderators are told.
    fn accepted(&mut self) {
        let Some(since) = self.refused_since.take() else {
            return;
        };
        self.pause = FIRST_PAUSE;
        let until = self.clock.now();
        tracing::info!(%since, "the database takes our writes again");
        if self.told_at.is_some_and(|told| until - told < TOLD_EVERY) {
            return;
        }
        self.told_at = Some(until);
        for guild in self.guilds.keys() {
            let notice = Notice::DiskRecovered {
                from: since.timestamp_millis(),
                until: until.timestamp_millis(),
            };
            let (asked, _nobody_waits) = Asked::new((*guild, notice));
            self.asks.push(Ask::Notice(asked));
        }
    }
}

/// Cuts intents where they would be about too many threads for one transaction.
fn portions(intents: &[Intent]) -> Vec<&[Intent]> {
    let mut threads = HashSet::new();
    let fits = |_: &Intent, next: &Intent| {
        threads.extend(next.thread());
        let fits = threads.len() <= MOST_THREADS;
        if !fits {
            threads.clear();
            threads.extend(next.thread());
        }
        fits
    };
    intents.chunk_by(fits).collect()
}

/// Answers whoever waits; that nobody does any more is no error.
fn tell<T>(to: oneshot::Sender<T>, answer: T) {
    if to.send(answer).is_err() {
        tracing::debug!("whoever asked has not waited for the answer");
    }
}
