//! Answering an interaction: at once, and again when there is something to say.
//!
//! Discord waits 3 seconds for the first answer and takes further ones for 15 minutes (source:
//! Discord's reference, "Receiving and Responding"). So the first answer never waits for the disk:
//! it says "working on it", and the real one follows after the commit. When the first one does not
//! arrive, nothing is done: the person has been told by Discord that it failed. Where nobody knows
//! whether it arrived, Discord is asked.
//!
//! A program that died over an interaction hears of it again when its session is resumed (see
//! [`Lobby`](crate::gateway::door::Lobby)), and does it then: what is recorded once stays so, and the
//! answer takes the same place, which is why answers edit the first one wherever that is possible.
//! Where the session cannot be resumed nobody hears of it again, and the person sees "thinking …" until
//! Discord ends that. To say more, each interaction's token would have to be written down after its first
//! answer, and with it a secret that lets anybody speak for the bot would go into every copy of the
//! database: too much for an answer that is milliseconds away when the program dies.

use std::sync::atomic::{AtomicBool, Ordering};

use serde::Serialize;
use serenity::builder::CreateAttachment;
use serenity::http::{Http, HttpError, LightMethod, Multipart, MultipartUpload, Request, Route};
use serenity::model::id::InteractionId;

use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

use super::Broken;
use super::views::form::Form;
use super::views::message::{EPHEMERAL, Message};
use crate::gateway::door::Lobby;

/// Answered already.
const ACKNOWLEDGED: isize = 40_060;

/// The codes that mean: the person is no longer waiting, or somebody answered already.
/// Source: Discord's reference, "JSON Error Codes".
const TOO_LATE: [isize; 4] = [
    10_062,       // unknown interaction: its time is over
    ACKNOWLEDGED, // it came twice
    10_015,       // unknown webhook: nothing was answered before
    50_027,       // invalid webhook token: its 15 minutes are over
];

/// The far end of one interaction.
pub(super) struct Talk<'a> {
    http: &'a Http,
    id: InteractionId,
    token: &'a str,
    answered: &'a AtomicBool,
    /// Whose answer was pressed.
    pressed: Option<(&'a Lobby, u64)>,
    /// Shutdown waits until it is dropped: whoever pressed a button is still answered.
    _answering: TaskTrackerToken,
}

/// What Discord is answered: the kind and, for some kinds, a message.
#[derive(Serialize)]
struct Callback<T> {
    r#type: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<T>,
}

#[derive(Serialize)]
struct Flags {
    flags: u32,
}

/// An answer in the making.
pub(super) trait Made: Future<Output = Result<Message, Broken>> {}

impl<F: Future<Output = Result<Message, Broken>>> Made for F {}

/// Whether an interaction is heard of for the first time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Time {
    /// As far as anybody knows.
    First,
    /// It was begun before: perhaps it was done as well.
    Again,
}

impl<'a> Talk<'a> {
    /// `answered` remembers whether the first answer was given, also when a panic comes between.
    pub(super) fn new(
        http: &'a Http,
        id: InteractionId,
        token: &'a str,
        answered: &'a AtomicBool,
        tasks: &TaskTracker,
    ) -> Self {
        Self {
            http,
            id,
            token,
            answered,
            pressed: None,
            _answering: tasks.token(),
        }
    }

    /// This is a press on a message that answers another interaction. It is edited after that: a session
    /// that is resumed may bring both again.
    #[must_use]
    pub(super) fn pressed_on(mut self, lobby: &'a Lobby, interaction: Option<u64>) -> Self {
        self.pressed = interaction.map(|interaction| (lobby, interaction));
        self
    }

    /// Says that an answer follows, which only the person will see. `false`: nobody is waiting.
    pub(super) async fn defer(&self) -> bool {
        self.begin().await.is_some()
    }

    /// As [`Self::defer`], and says whether it is the first time. `None`: nobody is waiting.
    pub(super) async fn begin(&self) -> Option<Time> {
        let data = Some(Flags { flags: EPHEMERAL });
        self.begin_with(&Callback { r#type: 5, data }).await
    }

    /// Says that the message of the component is edited. `false`: nobody is waiting.
    async fn defer_update(&self) -> bool {
        let data = None::<Flags>;
        let callback = Callback { r#type: 6, data };
        let begun = self.begin_with(&callback).await.is_some();
        if let Some((lobby, interaction)) = self.pressed.filter(|_| begun) {
            lobby.is_answered(interaction).await;
        }
        begun
    }

    /// An answer to the person alone: says that it follows, and makes it. Where nobody is waiting, nothing
    /// is made.
    pub(super) async fn answers(&self, made: impl Made) -> Result<(), Broken> {
        if self.defer().await {
            self.finish(made.await?).await;
        }
        Ok(())
    }

    /// As [`Self::answers`], in the message of the component, of which stays what is not said anew.
    pub(super) async fn edits(&self, made: impl Made) -> Result<(), Broken> {
        if self.defer_update().await {
            self.finish(made.await?).await;
        }
        Ok(())
    }

    /// As [`Self::answers`], in the place of the message of the component.
    pub(super) async fn replaces(&self, made: impl Made) -> Result<(), Broken> {
        if self.defer_update().await {
            self.finish_with(&made.await?.into_replacement()).await;
        }
        Ok(())
    }

    /// Where the first answer was given before, a former process has died over it: somebody still waits.
    async fn begin_with(&self, callback: &Callback<Flags>) -> Option<Time> {
        let Err(error) = self.call_back(callback).await else {
            return Some(Time::First);
        };
        log(self.id, &error);
        match &error {
            serenity::Error::Http(HttpError::UnsuccessfulRequest(answer)) => {
                // One of ours, for no answer at all, or a Discord that is ill.
                let unknown = answer.status_code.is_server_error();
                let given = answer.error.code == ACKNOWLEDGED || unknown && self.is_begun().await;
                given.then_some(Time::Again)
            }
            _ => self.is_begun().await.then_some(Time::Again),
        }
    }

    /// Whether Discord knows a first answer.
    async fn is_begun(&self) -> bool {
        let Some(route) = self.original() else {
            return false;
        };
        let request = Request::new(route, LightMethod::Get);
        let asked = self.http.request(request).await;
        asked.inspect_err(|error| log(self.id, error)).is_ok()
    }

    fn original(&self) -> Option<Route<'_>> {
        Some(Route::WebhookOriginalInteractionResponse {
            application_id: self.http.application_id()?,
            token: self.token,
        })
    }

    /// Opens a form, at once.
    pub(super) async fn open(&self, form: &Form) {
        self.first(&Callback {
            r#type: 9,
            data: Some(form),
        })
        .await;
    }

    /// Says something that needs no work, at once, to the person alone.
    pub(super) async fn say(&self, sentence: &str) {
        self.first(&Callback {
            r#type: 4,
            data: Some(Message::text(sentence).ephemeral()),
        })
        .await;
    }

    /// The answer after [`Self::defer`], or the new face of the message after
    /// [`Self::defer_update`].
    pub(super) async fn finish(&self, message: Message) {
        self.finish_with(&message.into_edit()).await;
    }

    async fn finish_with(&self, body: &impl Serialize) {
        let Some(route) = self.original() else {
            return;
        };
        self.send(route, LightMethod::Patch, body).await;
    }

    /// As [`Self::finish`], with a text as a file.
    pub(super) async fn finish_with_file(&self, message: Message, name: &str, text: String) {
        let Some(route) = self.original() else {
            return;
        };
        let payload_json = match serde_json::to_string(&message.into_edit()) {
            Ok(json) => Some(json),
            Err(error) => {
                tracing::error!(%error, "an answer could not be written as JSON");
                return;
            }
        };
        let file = CreateAttachment::bytes(text.into_bytes(), name);
        let request = Request::new(route, LightMethod::Patch).multipart(Some(Multipart {
            upload: MultipartUpload::Attachments(vec![file]),
            fields: Vec::new(),
            payload_json,
        }));
        if let Err(error) = self.http.request(request).await {
            log(self.id, &error);
        }
    }

    /// One more message, to everybody in the channel. Discord takes the first one after
    /// [`Self::begin`] for the answer, so [`Self::finish`] comes before.
    pub(super) async fn tell_all(&self, message: Message) {
        self.follow_up(message).await;
    }

    async fn follow_up(&self, message: Message) {
        let Some(application_id) = self.http.application_id() else {
            return;
        };
        let route = Route::WebhookFollowupMessages {
            application_id,
            token: self.token,
        };
        self.send(route, LightMethod::Post, &message).await;
    }

    /// Apologises, whatever was answered before.
    pub(super) async fn apologise(&self, sentence: &str) {
        if self.answered.load(Ordering::Acquire) {
            self.follow_up(Message::text(sentence).ephemeral()).await;
        } else {
            self.say(sentence).await;
        }
    }

    async fn first(&self, callback: &impl Serialize) {
        if let Err(error) = self.call_back(callback).await {
            log(self.id, &error);
        }
    }

    async fn call_back(&self, callback: &impl Serialize) -> serenity::Result<()> {
        let route = Route::InteractionResponse {
            interaction_id: self.id,
            token: self.token,
        };
        // Set before, so that a lost answer is not followed by a second first answer.
        self.answered.store(true, Ordering::Release);
        self.request(route, LightMethod::Post, callback).await
    }

    async fn send(&self, route: Route<'_>, method: LightMethod, body: &impl Serialize) {
        if let Err(error) = self.request(route, method, body).await {
            log(self.id, &error);
        }
    }

    async fn request(
        &self,
        route: Route<'_>,
        method: LightMethod,
        body: &impl Serialize,
    ) -> serenity::Result<()> {
        // The typed methods would parse the message that comes back, which nobody needs.
        let request = Request::new(route, method).body(Some(serde_json::to_vec(body)?));
        self.http.request(request).await?;
        Ok(())
    }
}

/// Never the address of the request: it holds the interaction's token.
fn log(interaction: InteractionId, error: &serenity::Error) {
    match error {
        serenity::Error::Http(HttpError::UnsuccessfulRequest(answer)) => {
            let (status, code) = (answer.status_code.as_u16(), answer.error.code);
            if TOO_LATE.contains(&code) {
                tracing::debug!(%interaction, code, "nobody waits for this answer any more");
            } else {
                tracing::warn!(%interaction, status, code, "Discord refused an answer to a person");
            }
        }
        serenity::Error::Http(HttpError::Request(error)) => {
            let (timeout, connect) = (error.is_timeout(), error.is_connect());
            tracing::warn!(%interaction, timeout, connect, "an answer to a person was lost");
        }
        _ => tracing::warn!(%interaction, "an answer to a person could not be sent"),
    }
}
