//! The simulated Discord in a browser: what a person sees, and everything they can do.
//!
//! The page knows nothing of any bot. Whoever opens it ([`open`]) may hand in what the simulation
//! cannot do itself: a way to turn the clock, scenes to play, a panel that explains a channel.
//!
//! # Data flow
//!
//! ```text
//!  browser                     session (one per WebSocket)              simulation
//!  -------                     ---------------------------              ----------
//!  click, key -- Request ----> deeds: through the same acts as  ------> world, interactions
//!                              every test and every bot
//!  stores   <--- Frame ------- screen: what this person sees now <----- woken by whatever
//!     |                        diff: only what is not on the           happened, and each second
//!     v                        browser's screen yet
//!  nodes
//! ```
//!
//! * The server never sends events. After every change it makes the whole picture that one person
//!   may see of what is open (`screen`) and sends the difference to the last one (`diff`). So a
//!   page can miss nothing, and who may not see a channel gets nothing of it.
//! * The frames of one picture travel in one message, as a list; so no half of it is ever shown.
//! * Each request carries a number `n`; its answer says `to: n` and either a value or an error in words.
//! * Texts of people travel as text. The browser builds nodes from them and never reads them as HTML.
//! * Nothing is stored in the browser but the choice of person; there are no cookies.
//! * Only 127.0.0.1 is served, to pages of its own origin: see `door`.
//!
//! # In the browser
//!
//! Plain modules, no build step. `socket.js` is the connection, `store.js` what the server last showed
//! and who wants to know of changes, `nav.js` who looks at what (kept in the address). `app.js` starts
//! them. One file draws one thing: `clock.js` the bar on top, `rail.js` the channels, `place.js` the
//! middle with `messages.js` (each a `message.js`), `forum.js` and `composer.js`, `members.js` and `side.js` the right, `strip.js`
//! what is told meanwhile.
//! `markdown.js`, `embeds.js`, `components.js`, `modal.js` and `commands.js` are Discord's formats;
//! `dom.js`, `float.js`, `menu.js`, `picker.js`, `times.js` and `notices.js` the tools.

mod assets;
mod deeds;
mod diff;
mod door;
mod host;
mod marks;
mod protocol;
mod screen;
mod session;
mod stage;
mod time;
mod turned;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context, ensure};
use tokio::net::TcpListener;
use tokio::sync::watch;

pub use host::{
    Link, Look, PageOptions, Panel, PanelRow, PanelSection, Scene, Step, TellPanel, Tone, TurnClock,
};
pub use turned::TurnedClock;

use crate::Sim;
use marks::Marks;
use stage::Stage;
use time::Turning;

/// An open page. It is served until the simulation ends.
#[derive(Clone, Debug)]
pub struct Page {
    address: SocketAddr,
}

impl Page {
    /// Where to point a browser.
    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

/// What all sessions of a page share.
struct Shared {
    sim: Sim,
    host: PageOptions,
    address: SocketAddr,
    marks: Mutex<Marks>,
    stage: Stage,
    turning: Turning,
    /// Counts changes that are the page's own: something was read, a scene went on.
    changed: watch::Sender<u64>,
}

impl Shared {
    fn marks(&self) -> MutexGuard<'_, Marks> {
        self.marks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self) {
        self.changed.send_modify(|count| *count += 1);
    }
}

/// Serves the page until the simulation ends.
///
/// # Errors
/// When the address is not of this machine alone, or taken.
pub async fn open(sim: &Sim, options: PageOptions) -> anyhow::Result<Page> {
    ensure!(
        options.listen.ip().is_loopback(),
        "the page is for this machine only, not for {}",
        options.listen
    );
    let listener = TcpListener::bind(options.listen)
        .await
        .with_context(|| format!("the page cannot listen on {}", options.listen))?;
    let address = listener.local_addr()?;
    let shared = Arc::new(Shared {
        marks: Mutex::new(Marks::since(sim.clock().snowflake())),
        stage: Stage::new(&options.scenes),
        turning: Turning::default(),
        changed: watch::Sender::new(0),
        sim: sim.servant(),
        host: options,
        address,
    });
    time::run(&shared);
    door::serve(shared, listener);
    Ok(Page { address })
}
