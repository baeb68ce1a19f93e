//! `INTERACTION_CREATE`: what an application is told about a person's deed.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::state::{Interaction, Kind, Place};
use crate::Sim;
use crate::world::{ApiError, Channel, Dispatch, Outcome, World};

/// Bytes of one file in an answer (`attachment_size_limit`): 10 MiB without boosts.
const ATTACHMENT_LIMIT: u64 = 10 << 20;

/// What options or chosen values name; it goes with the interaction as `resolved`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) users: BTreeSet<u64>,
    pub(crate) roles: BTreeSet<u64>,
    pub(crate) channels: BTreeSet<u64>,
    /// Id and file name.
    pub(crate) attachments: Vec<(u64, String)>,
}

/// What a person does to an application.
pub(crate) struct Deed {
    pub(crate) kind: Kind,
    /// In words, for messages of failing tests.
    pub(crate) words: String,
    pub(crate) user: u64,
    pub(crate) application: u64,
    pub(crate) channel: u64,
    /// `data` of the interaction.
    pub(crate) data: Value,
    /// The message it is done on, as the application gets it.
    pub(crate) message: Option<(Place, Value)>,
    /// What `interaction_metadata` of the answers says beside the usual.
    pub(crate) metadata: Value,
    /// The type of the answers.
    pub(crate) message_kind: u8,
}

/// Tells the application, and answers with the interaction's id.
pub(crate) fn begin(sim: &Sim, deed: Deed) -> Outcome<u64> {
    sim.act(|world| {
        let id = world.snowflake();
        let token = format!("{:032x}{:032x}", fastrand::u128(..), fastrand::u128(..));
        let channel = world
            .channels
            .get(&deed.channel)
            .ok_or_else(ApiError::unknown_channel)?;
        let bot = world
            .applications
            .get(&deed.application)
            .ok_or_else(ApiError::unknown_application)?
            .bot;
        let owners = match channel.guild {
            Some(guild) => json!({"0": guild.to_string()}),
            None => json!({"0": "0"}),
        };
        let mut metadata = json!({
            "id": id.to_string(),
            "type": deed.kind as u8,
            "user": world.render_user(deed.user),
            "authorizing_integration_owners": owners.clone(),
        });
        merge(&mut metadata, deed.metadata.clone());
        let data = frame(world, &deed, channel, id, &token, bot, &owners);
        let interaction = Interaction {
            id,
            token: token.clone(),
            application: deed.application,
            bot,
            kind: deed.kind,
            deed: deed.words,
            user: deed.user,
            channel: deed.channel,
            guild: channel.guild,
            at: world.now(),
            source: deed.message.map(|(place, _)| place),
            metadata,
            message_kind: deed.message_kind,
            answer: None,
            original: None,
            follow_ups: Vec::new(),
        };
        world.outgoing.push(Dispatch {
            event: "INTERACTION_CREATE",
            guild: interaction.guild,
            channel: None,
            intents: 0,
            data,
            only_user: Some(bot),
        });
        let mut state = sim.interactions().state();
        state.tokens.insert(token, id);
        state.list.insert(id, interaction);
        Ok(id)
    })
}

/// The data of `INTERACTION_CREATE`.
fn frame(
    world: &World,
    deed: &Deed,
    channel: &Channel,
    id: u64,
    token: &str,
    bot: u64,
    owners: &Value,
) -> Value {
    let mut data = json!({
        "id": id.to_string(),
        "application_id": deed.application.to_string(),
        "type": deed.kind as u8,
        "token": token,
        "version": 1,
        "channel_id": deed.channel.to_string(),
        "channel": world.render_channel(channel),
        "app_permissions": world.permissions_in(bot, channel).to_string(),
        "locale": "en-US",
        "entitlements": [],
        "authorizing_integration_owners": owners,
        "attachment_size_limit": ATTACHMENT_LIMIT,
        "data": deed.data,
    });
    let more = match channel.guild.and_then(|guild| world.guilds.get(&guild)) {
        Some(guild) => {
            let mut member = guild
                .members
                .get(&deed.user)
                .map_or(Value::Null, |member| world.render_member(member));
            let permissions = world.permissions_in(deed.user, channel).to_string();
            merge(&mut member, json!({ "permissions": permissions }));
            json!({
                "guild_id": guild.id.to_string(),
                "guild": {
                    "id": guild.id.to_string(),
                    "locale": guild.preferred_locale,
                    "features": guild.features,
                },
                "guild_locale": guild.preferred_locale,
                "member": member,
                "context": 0,
            })
        }
        None => json!({ "user": world.render_user(deed.user), "context": 1 }),
    };
    merge(&mut data, more);
    if let Some((_, message)) = &deed.message {
        merge(&mut data, json!({ "message": message }));
    }
    data
}

/// `resolved`: what the options or values name, in full.
pub(crate) fn resolved(
    world: &World,
    channel: &Channel,
    named: &Named,
    viewer: u64,
    bot: u64,
) -> Option<Value> {
    let guild = channel.guild.and_then(|guild| world.guilds.get(&guild));
    let mut all = Map::new();
    let mut add = |kind: &str, id: u64, value: Value| {
        if let Value::Object(entries) = all.entry(kind).or_insert_with(|| json!({})) {
            entries.insert(id.to_string(), value);
        }
    };
    for user in &named.users {
        add("users", *user, world.render_user(*user));
        let member = guild.and_then(|guild| guild.members.get(user));
        if let (Some(guild), Some(member)) = (guild, member) {
            let mut rendered = world.render_member(member);
            if let Some(fields) = rendered.as_object_mut() {
                for left_out in ["user", "deaf", "mute"] {
                    fields.remove(left_out);
                }
            }
            let permissions = world.guild_permissions(*user, guild).to_string();
            merge(&mut rendered, json!({ "permissions": permissions }));
            add("members", *user, rendered);
        }
    }
    for role in &named.roles {
        if let Some(found) = guild.and_then(|guild| guild.roles.get(role)) {
            add("roles", *role, world.render_role(found));
        }
    }
    for id in &named.channels {
        if let Some(found) = world.channels.get(id) {
            let mut rendered = world.render_channel(found);
            let permissions = json!({
                "permissions": world.permissions_in(viewer, found).to_string(),
                "app_permissions": world.permissions_in(bot, found).to_string(),
            });
            merge(&mut rendered, permissions);
            add("channels", *id, rendered);
        }
    }
    for (id, filename) in &named.attachments {
        let content = world.files.at_hand(viewer, filename);
        let size = content.len();
        let path = format!("/ephemeral-attachments/{viewer}/{id}/{filename}");
        let url = world.files.keep(path, content);
        let url = world.files.sign(&url, world.now());
        let file = json!({
            "id": id.to_string(),
            "filename": filename,
            "size": size,
            "url": url,
            "proxy_url": url,
            "ephemeral": true,
        });
        add("attachments", *id, file);
    }
    (!all.is_empty()).then_some(Value::Object(all))
}

/// Puts the fields of `more` into `object`.
pub(crate) fn merge(object: &mut Value, more: Value) {
    if let (Value::Object(object), Value::Object(more)) = (object, more) {
        object.extend(more);
    }
}
