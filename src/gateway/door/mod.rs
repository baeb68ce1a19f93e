//! The door: a loopback socket and a loopback HTTP server for serenity and poise.
//!
//! serenity believes to speak with Discord and speaks with this. It gets READY, made from the one
//! Discord sent when our session was opened, and the interactions of every shard; its requests go
//! through the one [`Rest`] client with the real token put in place of the local one. Nobody comes
//! in without the local token, which is made at each start and stands in no file.
//!
//! # serenity's traps, and which of them end here
//!
//! | serenity 0.12 | here |
//! |---|---|
//! | cannot resume after a restart, loses its session on a failed reconnect, hangs on a silent peer | it has no session with Discord; ours resumes |
//! | falls back to `wss://gateway.discord.gg` when GET /gateway fails | [`Door::connect`] sets the address itself, and GET /gateway is answered here |
//! | its rate limiter drops the proxy, blocks other methods, does not stop on a global 429, grows with every interaction | switched off by [`Door::http`]; the limits are kept by [`Rest`] |
//! | no timeout of its own, honours `HTTP_PROXY` even to loopback | [`Door::http`] brings a client without either; each request is answered by its deadline |
//! | spins on a close without a code | this side always closes with a code, and not with 4003, 4010 or 4011 to anybody who has identified |
//! | a 429 body cannot be decoded | errors made here always have a `code` |
//! | 5xx is not repeated | [`Rest`] repeats where that is safe |
//! | handlers run out of order, without bound | only interactions come in, each once, 256 at most waiting, none older than 3 s |
//! | panics over the hash of an avatar that is none | such a hash is taken out |
//! | IDENTIFY for every new start | costs nothing here |
//!
//! What remains serenity's: handlers run unordered, `poise` waits for ever if its setup fails, and
//! its runner looks for a shutdown only every 500 ms. Presence set through serenity is ignored.
//! Stop serenity before the door, or it will try to reconnect every few seconds.

mod api;
mod hashes;
mod lobby;
mod socket;
#[cfg(test)]
mod tests;
mod token;

use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use serenity::builder::CreateAllowedMentions;
use serenity::http::{Http, HttpBuilder};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use self::lobby::Lobby;
#[cfg(test)]
pub(crate) use self::lobby::ping;

use self::api::Api;
use self::socket::Porter;
use self::token::LocalToken;
use super::rest::{Rest, USUAL_PATIENCE};

/// A little longer than any request may take behind the door.
const SERENITY_WAITS: Duration = USUAL_PATIENCE.saturating_add(Duration::from_secs(10));

/// The loopback door. It stays open until its token is cancelled; dropping this closes nothing.
#[derive(Debug)]
pub struct Door {
    http_url: String,
    socket_url: String,
    token: LocalToken,
    lobby: Lobby,
}

impl Door {
    /// Opens the door on two free loopback ports. Its one task runs until `stop`.
    ///
    /// # Errors
    /// When there is no loopback port or no randomness.
    pub async fn open(
        rest: Rest,
        lobby: Lobby,
        tasks: &TaskTracker,
        stop: CancellationToken,
    ) -> io::Result<Self> {
        let token = LocalToken::random()?;
        let sockets = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let requests = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let socket_url = format!("ws://{}", sockets.local_addr()?);
        let http_url = format!("http://{}", requests.local_addr()?);

        let porter = Porter::new(
            token.clone(),
            lobby.clone(),
            socket_url.clone(),
            stop.clone(),
        );
        let router = api::router(Api {
            rest,
            token: token.clone(),
            socket_url: socket_url.clone(),
        });
        let served = axum::serve(requests, router).with_graceful_shutdown(stop.cancelled_owned());
        tasks.spawn(async move {
            let listening = async {
                Arc::new(porter).listen(sockets).await;
                Ok(())
            };
            if let Err(error) = tokio::try_join!(served.into_future(), listening) {
                tracing::error!(%error, "the local door's HTTP server ended");
            }
        });
        Ok(Self {
            http_url,
            socket_url,
            token,
            lobby,
        })
    }

    /// Where requests go: `http://127.0.0.1:PORT`.
    pub fn http_url(&self) -> &str {
        &self.http_url
    }

    /// Where serenity's gateway client goes: `ws://127.0.0.1:PORT`.
    pub fn socket_url(&self) -> &str {
        &self.socket_url
    }

    /// What serenity shows instead of the bot's token.
    pub fn local_token(&self) -> &SecretString {
        self.token.secret()
    }

    /// Where sessions bring READY and interactions.
    pub fn lobby(&self) -> &Lobby {
        &self.lobby
    }

    /// An HTTP client for serenity that comes through this door, and pings nobody by default.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn http(&self) -> Result<Http, reqwest::Error> {
        let client = reqwest::Client::builder()
            .no_proxy()
            .timeout(SERENITY_WAITS)
            .build()?;
        Ok(HttpBuilder::new(self.local_token().expose_secret())
            .client(client)
            .proxy(&self.http_url)
            // Nobody is pinged whom a message does not name.
            .default_allowed_mentions(CreateAllowedMentions::new())
            // Must be off, or serenity ignores the proxy.
            .ratelimiter_disabled(true)
            .build())
    }

    /// Points a serenity client, built with [`Self::http`], at this door. To be called before
    /// `client.start()`.
    pub async fn connect(&self, client: &serenity::Client) {
        self.socket_url.clone_into(&mut *client.ws_url.lock().await);
    }
}
