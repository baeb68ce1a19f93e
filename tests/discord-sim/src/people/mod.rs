//! What tests read like: people who ask, answer, click and run commands.
//!
//! ```text
//! let asker = sim.person("Ann");
//! let thread = asker.asks(forum, "It hangs", "Since today it hangs on start.")?;
//! let card = asker.expects(thread, |seen| seen.says("A human will answer")).await?;
//! let answer = staff.clicks(&card, "Claim")?.message().await?;
//! ```
//!
//! * What a person does happens at once, as far as Discord lets them; what comes back is waited for
//!   (real time, woken by what happens, never polled), and where it does not come the error tells
//!   what there was instead.
//! * What a person sees obeys permissions; whispers ("Only you can see this") are among it.
//! * [`Sim::unread`] is what no test looked at.

mod answer;
mod components;
mod deeds;
mod form;
mod line;
mod modal;
mod seen;
mod wait;

use std::time::Duration;

use anyhow::{Context, anyhow};
use serde_json::Value;

use crate::Sim;
use crate::interactions::Place;
use crate::world::{MessageEdit, NewMessage, NewThread, Ping, ReplyTo, World};
use wait::wait_for;

pub use answer::{Answer, Modal};
pub use form::Filled;
pub use seen::Seen;

/// Somebody with an account.
#[derive(Clone)]
pub struct Person {
    sim: Sim,
    id: u64,
    /// How long they wait, in real time.
    patience: Duration,
}

impl Sim {
    /// The person with this name; their account is made if there is none. They are in no guild
    /// until [`Person::joins`].
    pub fn person(&self, name: &str) -> Person {
        let known = self.read(|world| {
            let mut users = world.users.values();
            users
                .find(|user| user.global_name.as_deref() == Some(name) || user.username == name)
                .map(|user| user.id)
        });
        let id = known.unwrap_or_else(|| self.change(|world| world.add_user(name)));
        self.person_of(id)
    }

    /// The person with this account.
    pub fn person_of(&self, user: u64) -> Person {
        Person {
            sim: self.clone(),
            id: user,
            patience: answer::PATIENCE,
        }
    }

    /// Messages of bots that no test looked at, the oldest first; whispers included.
    pub fn unread(&self) -> Vec<Seen> {
        let interactions = self.interactions();
        self.read(|world| {
            let public = world
                .messages
                .values()
                .flat_map(|messages| messages.values());
            let mut unread: Vec<Seen> = public
                .filter(|message| is_bot(world, message.author))
                .map(|message| {
                    let place = Place::Channel {
                        channel: message.channel,
                        message: message.id,
                    };
                    Seen::new(place, message, true)
                })
                .collect();
            for user in world.users.keys() {
                for whisper in interactions.list_whispers(*user) {
                    let place = Place::Whisper(whisper.message.id);
                    unread.push(Seen::new(place, &whisper.message, true));
                }
            }
            unread.retain(|seen| !interactions.is_read(seen.id()));
            unread.sort_by_key(Seen::id);
            unread
        })
    }

    /// An act that cannot be refused.
    fn change<T>(&self, act: impl FnOnce(&mut World) -> T) -> T {
        let mut done = None;
        let refused = self
            .act(|world| {
                done = Some(act(world));
                Ok(())
            })
            .is_err();
        match done {
            Some(done) if !refused => done,
            _ => unreachable!("the act answers Ok"),
        }
    }
}

impl Person {
    pub fn id(&self) -> u64 {
        self.id
    }

    pub fn sim(&self) -> &Sim {
        &self.sim
    }

    /// The display name.
    pub fn name(&self) -> String {
        self.sim.read(|world| self.name_in(world))
    }

    /// As [`Person::name`], for who already looks at the world.
    fn name_in(&self, world: &World) -> String {
        world.users.get(&self.id).map_or_else(
            || format!("user {}", self.id),
            |user| user.global_name.clone().unwrap_or(user.username.clone()),
        )
    }

    /// The same person, who waits at most so long.
    #[must_use]
    pub fn patient(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Joins a guild with these roles.
    ///
    /// # Errors
    /// When there is no such guild or role.
    pub fn joins(&self, guild: u64, roles: &[u64]) -> anyhow::Result<()> {
        Ok(self
            .sim
            .act(|world| world.add_member(guild, self.id, roles))?)
    }

    /// Leaves a guild.
    ///
    /// # Errors
    /// When they are not in it.
    pub fn leaves(&self, guild: u64) -> anyhow::Result<()> {
        Ok(self.sim.act(|world| world.remove_member(guild, self.id))?)
    }

    /// Has a file at hand, to be named in an option of a command: `file:NAME`.
    pub fn has_file(&self, name: &str, content: impl Into<Vec<u8>>) {
        let content = content.into().into();
        self.sim
            .change(|world| world.files.give(self.id, name, content));
    }

    /// Opens a text file that is attached to a message.
    ///
    /// # Errors
    /// When there is no such file, or it is no text.
    pub fn opens_file(&self, message: &Seen, name: &str) -> anyhow::Result<String> {
        let named = |file: &&Value| file.get("filename").and_then(Value::as_str) == Some(name);
        let file = message.attachments.iter().find(named);
        let url = file
            .and_then(|file| file.get("url"))
            .and_then(Value::as_str);
        let content = self.sim.read(|world| {
            let path = url?.strip_prefix(&world.files.host)?;
            world.files.find(path)
        });
        let content = content.with_context(|| format!("no file {name} is attached"))?;
        Ok(String::from_utf8(content.into())?)
    }

    /// Writes a message; answers with its id.
    ///
    /// # Errors
    /// What Discord answers when it refuses: no permission, a locked thread, too long.
    pub fn posts(&self, channel: u64, text: impl Into<String>) -> anyhow::Result<u64> {
        self.sends(channel, NewMessage::text(text))
    }

    /// Writes any kind of message; answers with its id.
    ///
    /// # Errors
    /// As [`Person::posts`].
    pub fn sends(&self, channel: u64, message: NewMessage) -> anyhow::Result<u64> {
        let sent = self
            .sim
            .act(|world| world.post_message(self.id, channel, message));
        Ok(sent?)
    }

    /// Opens a post in a forum; answers with the id of the thread (and of its first message).
    ///
    /// # Errors
    /// What Discord answers when it refuses.
    pub fn asks(
        &self,
        forum: u64,
        title: impl Into<String>,
        text: impl Into<String>,
    ) -> anyhow::Result<u64> {
        self.opens(forum, NewThread::named(title), NewMessage::text(text))
    }

    /// Opens a post in a forum, with tags and everything.
    ///
    /// # Errors
    /// As [`Person::asks`].
    pub fn opens(&self, forum: u64, post: NewThread, first: NewMessage) -> anyhow::Result<u64> {
        let opened = self
            .sim
            .act(|world| world.create_forum_post(self.id, forum, post, first));
        Ok(opened?)
    }

    /// Answers a message (with a ping, as clients do by default); answers with the new one's id.
    ///
    /// # Errors
    /// As [`Person::posts`].
    pub fn replies(&self, channel: u64, to: u64, text: impl Into<String>) -> anyhow::Result<u64> {
        let reply_to = ReplyTo {
            message: to,
            channel: None,
            fail_if_not_exists: true,
        };
        let message = NewMessage {
            reply_to: Some(reply_to),
            ..NewMessage::text(text)
        };
        self.sends(channel, message)
    }

    /// Changes the text of an own message.
    ///
    /// # Errors
    /// What Discord answers when it refuses.
    pub fn edits(&self, channel: u64, message: u64, text: impl Into<String>) -> anyhow::Result<()> {
        let edit = MessageEdit {
            content: Some(text.into()),
            ..MessageEdit::default()
        };
        let edited = self
            .sim
            .act(|world| world.edit_message(self.id, channel, message, edit));
        edited?;
        Ok(())
    }

    /// Deletes a message: an own one, or anybody's with Manage Messages.
    ///
    /// # Errors
    /// What Discord answers when it refuses.
    pub fn deletes(&self, channel: u64, message: u64) -> anyhow::Result<()> {
        let deleted = self
            .sim
            .act(|world| world.delete_message(self.id, channel, message));
        Ok(deleted?)
    }

    /// Everything the person sees in a channel, the oldest first.
    ///
    /// # Errors
    /// When they do not see the channel at all.
    pub fn sees(&self, channel: u64) -> anyhow::Result<Vec<Seen>> {
        let mut seen = self.sim.read(|world| {
            let place = world.channels.get(&channel);
            if !place.is_some_and(|place| world.can_see(self.id, place)) {
                return Err(anyhow!("user {} sees no channel {channel}", self.id));
            }
            let messages = world.messages.get(&channel).into_iter().flatten();
            let seen: Vec<Seen> = messages
                .map(|(id, message)| {
                    let place = Place::Channel {
                        channel,
                        message: *id,
                    };
                    Seen::new(place, message, is_bot(world, message.author))
                })
                .collect();
            Ok(seen)
        })?;
        let whispers = self.sim.interactions().list_whispers(self.id);
        seen.extend(
            whispers
                .iter()
                .filter(|whisper| whisper.message.channel == channel)
                .map(|whisper| {
                    Seen::new(Place::Whisper(whisper.message.id), &whisper.message, true)
                }),
        );
        seen.sort_by_key(Seen::id);
        Ok(seen)
    }

    /// Every time the person was pinged, in order.
    pub fn pinged(&self) -> Vec<Ping> {
        self.sim.read(|world| {
            let own = world.pings.iter().filter(|ping| ping.user == self.id);
            own.copied().collect()
        })
    }

    /// Waits for a message of a bot in the channel that nobody looked at yet, and looks at it.
    ///
    /// # Errors
    /// When none comes, with what the person sees instead.
    pub async fn expects(
        &self,
        channel: u64,
        wanted: impl Fn(&Seen) -> bool,
    ) -> anyhow::Result<Seen> {
        let interactions = self.sim.interactions();
        let fresh = |seen: &Seen| seen.is_by_bot() && !interactions.is_read(seen.id());
        let found = self
            .waits(channel, |seen| fresh(seen) && wanted(seen))
            .await?;
        interactions.mark_read(found.id());
        Ok(found)
    }

    /// Waits until any message in the channel is as wanted, also one that was looked at before and
    /// changes.
    ///
    /// # Errors
    /// When none is, with what the person sees instead.
    pub async fn waits(
        &self,
        channel: u64,
        wanted: impl Fn(&Seen) -> bool,
    ) -> anyhow::Result<Seen> {
        wait_for(&self.sim, self.patience, || {
            let seen = self.sees(channel).ok()?;
            seen.into_iter().find(|seen| wanted(seen))
        })
        .await
        .with_context(|| self.screen(channel))
    }

    /// Waits until nothing in the channel is as described.
    ///
    /// # Errors
    /// When something still is, with what the person sees.
    pub async fn waits_until_gone(
        &self,
        channel: u64,
        unwanted: impl Fn(&Seen) -> bool,
    ) -> anyhow::Result<()> {
        wait_for(&self.sim, self.patience, || {
            let seen = self.sees(channel).ok()?;
            (!seen.iter().any(&unwanted)).then_some(())
        })
        .await
        .with_context(|| self.screen(channel))
    }

    /// A message as the person sees it now, if they do.
    pub fn look_at(&self, place: Place) -> Option<Seen> {
        match place {
            Place::Channel { channel, message } => self.sim.read(|world| {
                let home = world.channels.get(&channel)?;
                let found = world.messages.get(&channel)?.get(&message)?;
                world
                    .can_see(self.id, home)
                    .then(|| Seen::new(place, found, is_bot(world, found.author)))
            }),
            Place::Whisper(id) => {
                let whisper = self.sim.interactions().find_whisper(id)?;
                (whisper.to == self.id).then(|| Seen::new(place, &whisper.message, true))
            }
        }
    }

    fn screen(&self, channel: u64) -> String {
        let name = self.name();
        match self.sees(channel) {
            Ok(seen) => {
                let lines: Vec<String> = seen.iter().map(Seen::to_string).collect();
                format!("{name} sees:\n{}", lines.join("\n"))
            }
            Err(error) => error.to_string(),
        }
    }
}

fn is_bot(world: &World, user: u64) -> bool {
    world.users.get(&user).is_some_and(|user| user.bot)
}
