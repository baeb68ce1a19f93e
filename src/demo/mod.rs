//! `sameday demo`: two days of a small team, told in the terminal.
//!
//! The bot is the real one: the same [`App`](crate::app::App) that runs in production, with a
//! SQLite file in a temporary folder and serenity on its loopback door. Only what is around it is
//! simulated: Discord, the people and the time.
//!
//! ```text
//!  story: who does what, when ──> stage: simulated Discord <── REST, gateway ──> the bot
//!                                   │        and a clock turned by hand
//!                                   └── what people see ──> screen ──> terminal
//! ```
//!
//! No sentence of the bot stands here: what is printed is what Discord shows.

mod screen;
mod stage;
mod story;

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use stage::Stage;
use story::Teller;

/// How long a reader gets between two beats when nobody says otherwise.
const PACE: Duration = Duration::from_millis(600);

/// Tells the story on standard output, with a pause of `pace` before each beat. By default the
/// pause is short on a terminal, and there is none elsewhere.
///
/// Needs no network, no account and no settings; leaves nothing behind.
pub async fn run(pace: Option<Duration>) -> anyhow::Result<()> {
    let pace = pace.unwrap_or_else(|| {
        if io::stdout().is_terminal() {
            PACE
        } else {
            Duration::ZERO
        }
    });
    let mut out = anstream::stdout();
    let mut teller = Teller::new(Stage::set().await?, pace, &mut out);
    let told = teller.tells().await;
    // Also after a failure: the folder goes when nobody writes into it any more.
    teller.ends().await;
    match told {
        Err(error) if is_enough(&error) => Ok(()),
        told => told.and_then(|()| Ok(out.flush()?)),
    }
}

/// The reader has had enough (`| head`).
fn is_enough(error: &anyhow::Error) -> bool {
    let cause = error.downcast_ref::<io::Error>();
    cause.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
