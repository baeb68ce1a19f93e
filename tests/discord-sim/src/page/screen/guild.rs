//! Guilds with their roles, members, and the people whose eyes can be borrowed.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::{Eyes, id};
use crate::page::marks::Marks;
use crate::world::{Guild, World};

/// The guilds the person is in.
pub(in crate::page) fn guilds(eyes: Eyes<'_>) -> Value {
    let guilds = eyes.world.guilds.values();
    guilds
        .filter(|guild| guild.members.contains_key(&eyes.person))
        .map(|guild| {
            let roles = guild.roles.values().map(|role| {
                json!({
                    "id": id(role.id), "name": role.name, "color": role.color, "hoist": role.hoist,
                    "position": role.position, "mentionable": role.mentionable,
                })
            });
            json!({ "id": id(guild.id), "name": guild.name, "roles": roles.collect::<Value>() })
        })
        .collect()
}

/// Everybody the person shares a guild or a conversation with, as one row each.
pub(in crate::page) fn members(eyes: Eyes<'_>) -> Vec<Value> {
    let world = eyes.world;
    let shared: Vec<&Guild> = world
        .guilds
        .values()
        .filter(|guild| guild.members.contains_key(&eyes.person))
        .collect();
    let talks_to = |user: u64| {
        let mut channels = world.channels.values();
        channels.any(|channel| {
            channel.guild.is_none()
                && channel.recipients.contains(&eyes.person)
                && channel.recipients.contains(&user)
        })
    };
    let users = world.users.values();
    users
        .filter_map(|user| {
            let member = shared.iter().find_map(|guild| guild.members.get(&user.id));
            if member.is_none() && user.id != eyes.person && !talks_to(user.id) {
                return None;
            }
            let global = user.global_name.as_ref().unwrap_or(&user.username);
            let nick = member.and_then(|member| member.nick.as_ref());
            let silenced = shared.iter().any(|guild| world.is_silenced(user.id, guild));
            Some(json!({
                "id": id(user.id),
                "name": nick.unwrap_or(global),
                "username": user.username,
                "bot": user.bot,
                "roles": member.map(|member| member.roles.iter().copied().map(id).collect::<Value>()),
                "owner": shared.iter().any(|guild| guild.owner == user.id),
                "silenced": silenced,
            }))
        })
        .collect()
}

/// Who can be chosen: those the host named, else every person there is; with their unread pings.
pub(in crate::page) fn people(world: &World, marks: &Marks, named: &[u64]) -> Value {
    let pings = unread_pings(world, marks);
    let chosen: Vec<u64> = if named.is_empty() {
        let people = world
            .users
            .values()
            .filter(|user| !user.bot && !user.system);
        people.map(|user| user.id).collect()
    } else {
        named.to_vec()
    };
    chosen
        .into_iter()
        .filter_map(|user| world.users.get(&user))
        .map(|user| {
            let roles = world.guilds.values().flat_map(|guild| {
                let member = guild.members.get(&user.id);
                let held = member.into_iter().flat_map(|member| &member.roles);
                let mut held: Vec<_> = held.filter_map(|role| guild.roles.get(role)).collect();
                held.sort_by_key(|role| std::cmp::Reverse(role.position));
                held.into_iter()
            });
            json!({
                "id": id(user.id),
                "name": user.global_name.as_ref().unwrap_or(&user.username),
                "roles": roles.map(|role| role.name.as_str()).collect::<Value>(),
                "pings": pings.get(&user.id).copied().unwrap_or(0),
            })
        })
        .collect()
}

/// How many unread messages pinged each person, as far as the messages are still there.
fn unread_pings(world: &World, marks: &Marks) -> HashMap<u64, usize> {
    let mut counts = HashMap::new();
    for ping in &world.pings {
        let unread = ping.message > marks.last_read(ping.user, ping.channel);
        let messages = world.messages.get(&ping.channel);
        if unread && messages.is_some_and(|all| all.contains_key(&ping.message)) {
            *counts.entry(ping.user).or_insert(0) += 1;
        }
    }
    counts
}
