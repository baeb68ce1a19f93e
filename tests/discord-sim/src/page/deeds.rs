//! What a browser asks for is done by the person, with the acts that tests and bots use too.

use anyhow::{Context, bail};
use serde_json::{Value, json};

use super::protocol::{CommandForm, Id, Wish};
use super::session::{SCREENFUL, Session};
use super::stage::{self, Play};
use super::{screen, time};
use crate::people::{Answer, Filled, Person, Seen};
use crate::world::{AllowedMentions, ApiError, NewMessage, NewThread, ReplyTo, ThreadEdit, World};

/// Does it, and answers with what the browser needs to know.
pub(super) async fn perform(session: &mut Session, wish: Wish) -> anyhow::Result<Value> {
    match wish {
        Wish::Be { person, channel } => be(session, person.0, channel.map(|id| id.0)),
        Wish::Open { channel } => {
            show(session, channel.map(|id| id.0));
            Ok(Value::Null)
        }
        Wish::Older => {
            session.most += SCREENFUL;
            Ok(Value::Null)
        }
        Wish::Panel { on } => {
            session.look_at_panel(on);
            Ok(Value::Null)
        }
        Wish::Turn { to } => time::turn_to(&session.shared, to)
            .await
            .map(|()| Value::Null),
        Wish::Speed { times } => time::set_speed(&session.shared, times).map(|()| Value::Null),
        Wish::Scene { scene, step } => {
            let what = if step { Play::Step } else { Play::Whole };
            stage::play(&session.shared, scene, what).map(|()| Value::Null)
        }
        other => {
            let person = session.person().context("Choose a person first.")?;
            as_person(session, &person, other)
        }
    }
}

/// An error in the words a person is shown.
pub(super) fn in_words(error: &anyhow::Error) -> String {
    let Some(refusal) = error.downcast_ref::<ApiError>() else {
        return format!("{error:#}");
    };
    match refusal.fields.first() {
        Some(field) if field.path.is_empty() => field.message.clone(),
        Some(field) => format!("{} ({})", field.message, field.path),
        None => refusal.message.clone(),
    }
}

fn be(session: &mut Session, person: u64, channel: Option<u64>) -> anyhow::Result<Value> {
    let exists = session
        .shared
        .sim
        .read(|world| world.users.get(&person).is_some_and(|user| !user.bot));
    if !exists {
        bail!("There is no such person.");
    }
    session.start_anew();
    session.person = Some(person);
    show(session, channel);
    Ok(Value::Null)
}

fn show(session: &mut Session, channel: Option<u64>) {
    session.open = channel;
    session.most = SCREENFUL;
    session.look_at_panel(session.panel);
}

fn as_person(session: &mut Session, person: &Person, wish: Wish) -> anyhow::Result<Value> {
    match wish {
        Wish::Read { channel, message } => {
            // What is not there cannot have been read.
            let newest = person
                .sim()
                .read(|world| newest(world, channel.0))
                .unwrap_or(0);
            let message = message.0.min(newest);
            if session.shared.marks().read(person.id(), channel.0, message) {
                session.shared.note();
            }
            Ok(Value::Null)
        }
        Wish::Post {
            channel,
            content,
            reply_to,
            ping,
        } => {
            let reply_to = reply_to.map(|message| ReplyTo {
                message: message.0,
                channel: None,
                fail_if_not_exists: true,
            });
            let allowed = AllowedMentions {
                replied_user: ping,
                ..AllowedMentions::everything()
            };
            let message = NewMessage {
                allowed_mentions: Some(allowed),
                reply_to,
                ..NewMessage::text(content)
            };
            named(person.sends(channel.0, message)?)
        }
        Wish::Ask {
            forum,
            name,
            content,
            tags,
        } => {
            let post = NewThread {
                applied_tags: tags.into_iter().map(|tag| tag.0).collect(),
                ..NewThread::named(name)
            };
            named(person.opens(forum.0, post, NewMessage::text(content))?)
        }
        Wish::Branch {
            channel,
            message,
            name,
        } => {
            let new = NewThread::named(name);
            named(person.sim().act(|world| {
                world.create_thread_from_message(person.id(), channel.0, message.0, new)
            })?)
        }
        Wish::Edit {
            channel,
            message,
            content,
        } => done(person.edits(channel.0, message.0, content)),
        Wish::Delete { channel, message } => done(person.deletes(channel.0, message.0)),
        Wish::React {
            channel,
            message,
            emoji,
            on,
        } => act(person, |world| {
            let who = person.id();
            if on {
                world.add_reaction(who, channel.0, message.0, &emoji, None)
            } else {
                world.remove_reaction(who, channel.0, message.0, &emoji, None, who)
            }
        }),
        Wish::Pin {
            channel,
            message,
            on,
        } => act(person, |world| {
            world.set_pinned(person.id(), channel.0, message.0, on)
        }),
        Wish::Thread {
            channel,
            name,
            archived,
            locked,
            pinned,
            tags,
        } => {
            let edit = ThreadEdit {
                name,
                archived,
                locked,
                pinned,
                applied_tags: tags.map(|tags| tags.into_iter().map(|tag| tag.0).collect()),
                ..ThreadEdit::default()
            };
            act(person, |world| {
                world.edit_thread(person.id(), channel.0, edit)
            })
        }
        Wish::Join { channel } => act(person, |world| {
            world.add_thread_member(person.id(), channel.0, person.id())
        }),
        Wish::Leave { channel } => act(person, |world| {
            world.remove_thread_member(person.id(), channel.0, person.id())
        }),
        Wish::Direct { person: other } => named(
            person
                .sim()
                .act(|world| world.open_direct(person.id(), other.0))?,
        ),
        interaction => interact(session, person, interaction),
    }
}

/// Wishes that an application answers.
fn interact(session: &mut Session, person: &Person, wish: Wish) -> anyhow::Result<Value> {
    let seen = |channel: Id, message: Id| -> anyhow::Result<Seen> {
        let interactions = person.sim().interactions();
        let place = screen::place_of(interactions, channel.0, message.0);
        person.look_at(place).context("The message is gone.")
    };
    let (answer, on): (Answer, Option<(u64, String)>) = match wish {
        Wish::Run { channel, form } => (person.fills_in(channel.0, &filled(form, None))?, None),
        Wish::Complete {
            channel,
            focused,
            form,
        } => (
            person.fills_in(channel.0, &filled(form, Some(focused)))?,
            None,
        ),
        Wish::OnMessage {
            channel,
            message,
            entry,
        } => {
            let seen = seen(channel, message)?;
            (
                person.uses_on_message(&entry, &seen)?,
                Some((message.0, String::new())),
            )
        }
        Wish::OnPerson {
            channel,
            person: other,
            entry,
        } => {
            let other = person.sim().person_of(other.0);
            (person.uses_on_person(channel.0, &entry, &other)?, None)
        }
        Wish::Click {
            channel,
            message,
            custom_id,
        } => {
            let answer = person.clicks(&seen(channel, message)?, &custom_id)?;
            (answer, Some((message.0, custom_id)))
        }
        Wish::Choose {
            channel,
            message,
            custom_id,
            values,
        } => {
            let values: Vec<&str> = values.iter().map(String::as_str).collect();
            let answer = person.selects(&seen(channel, message)?, &custom_id, &values)?;
            (answer, Some((message.0, custom_id)))
        }
        Wish::Submit {
            interaction,
            fields,
        } => {
            let opener = session.doing.get(&interaction.0).cloned();
            let opener = opener.context("The window is gone.")?;
            let window = opener.answer.shown_modal().context("The window is gone.")?;
            let fields: Vec<(&str, &str)> = fields
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect();
            (window.submits(&fields)?, opener.on)
        }
        other => bail!("{other:?} is done elsewhere"),
    };
    named(session.remember(answer, on))
}

fn filled(form: CommandForm, focused: Option<String>) -> Filled {
    Filled {
        command: form.command.0,
        path: form.path,
        options: form.options,
        focused,
    }
}

/// The newest thing to read in a channel: a message, a whisper, or a forum's newest post.
fn newest(world: &World, channel: u64) -> Option<u64> {
    let message = world
        .messages
        .get(&channel)
        .and_then(|all| all.keys().next_back());
    let post = world
        .channels
        .get(&channel)
        .and_then(|channel| channel.last_message);
    message.copied().max(post)
}

fn act(
    person: &Person,
    act: impl FnOnce(&mut World) -> Result<(), ApiError>,
) -> anyhow::Result<Value> {
    done(person.sim().act(act).map_err(Into::into))
}

fn done(outcome: anyhow::Result<()>) -> anyhow::Result<Value> {
    outcome.map(|()| Value::Null)
}

/// What was made, by its id.
#[expect(
    clippy::unnecessary_wraps,
    reason = "it ends the arms of a match that can fail"
)]
fn named(id: u64) -> anyhow::Result<Value> {
    Ok(json!(id.to_string()))
}
