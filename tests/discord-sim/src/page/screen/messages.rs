//! The messages of the open channel, and those that only this person sees.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::Eyes;
use crate::interactions::{Interactions, Place, Whisper};
use crate::world::Message;

/// The newest messages of a channel, `most` of them and not more, and whether there are older ones.
pub(in crate::page) fn messages(
    eyes: Eyes<'_>,
    interactions: &Interactions,
    channel: u64,
    most: usize,
) -> (Vec<Value>, bool) {
    let Some(channel) = eyes.find(channel) else {
        return (Vec::new(), false);
    };
    let all = eyes.world.messages.get(&channel.id);
    let all = all.into_iter().flat_map(|messages| messages.values());
    let newest: Vec<&Message> = all.rev().take(most + 1).collect();
    let more = newest.len() > most;
    let shown = newest.get(..newest.len().min(most)).unwrap_or_default();
    let oldest = if more {
        shown.last().map_or(0, |message| message.id)
    } else {
        0
    };
    let pinging: BTreeSet<u64> = eyes
        .world
        .pings
        .iter()
        .filter(|ping| ping.user == eyes.person && ping.channel == channel.id)
        .map(|ping| ping.message)
        .collect();
    let mut rows: Vec<Value> = shown
        .iter()
        .map(|message| row(eyes, message, false, pinging.contains(&message.id)))
        .collect();
    let whispers: Vec<Whisper> = interactions.list_whispers(eyes.person);
    let here = whispers.iter().map(|whisper| &whisper.message);
    rows.extend(
        here.filter(|message| message.channel == channel.id && message.id >= oldest)
            .map(|message| row(eyes, message, true, false)),
    );
    (rows, more)
}

/// Where a message on somebody's screen is.
pub(in crate::page) fn place_of(interactions: &Interactions, channel: u64, message: u64) -> Place {
    match interactions.find_whisper(message) {
        Some(_) => Place::Whisper(message),
        None => Place::Channel { channel, message },
    }
}

/// A message as Discord's API has it, with a `view`: what only the screen needs.
fn row(eyes: Eyes<'_>, message: &Message, whisper: bool, pings: bool) -> Value {
    let mut rendered = eyes.world.render_message(message, eyes.person);
    let channels = named_channels(eyes, &rendered.to_string());
    if let Some(fields) = rendered.as_object_mut() {
        fields.insert(
            "view".to_owned(),
            json!({ "whisper": whisper, "pings": pings, "channels": channels }),
        );
    }
    rendered
}

/// The names of the channels that a text mentions (`<#1>`), as far as the person sees them.
pub(in crate::page) fn named_channels(eyes: Eyes<'_>, text: &str) -> Map<String, Value> {
    let mentions = text.split("<#").skip(1);
    let ids = mentions.filter_map(|rest| rest.split_once('>')?.0.parse::<u64>().ok());
    ids.filter_map(|id| eyes.find(id))
        .map(|channel| (channel.id.to_string(), json!(channel.name)))
        .collect()
}
