//! Who is named in a message, and who is pinged by it.
//!
//! A name pings when the text has it outside code, `allowed_mentions` lets it through, and, for roles
//! and @everyone, the author may. Only names that pass stand in the message's `mentions`. Of those
//! named, everybody is pinged who sees the channel, the author excepted.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    AllowedMentions, ApiError, Channel, FieldError, Guild, Message, Outcome, Ping, World,
    permissions,
};

/// The names of a message that pass.
#[derive(Debug, Default)]
pub(super) struct Named {
    pub(super) users: Vec<u64>,
    pub(super) roles: Vec<u64>,
    pub(super) everyone: bool,
}

/// What a text names.
#[derive(Debug, Default, PartialEq, Eq)]
struct Written {
    users: Vec<u64>,
    roles: Vec<u64>,
    everyone: bool,
}

/// A role with more members than this brings nobody into a thread.
const MOST_BROUGHT_BY_ROLE: usize = 100;

impl World {
    /// The names of a message that `allowed` and the author's permissions let through.
    pub(super) fn mentions_of(
        &self,
        message: &Message,
        home: &Channel,
        allowed: &AllowedMentions,
    ) -> Outcome<Named> {
        check_allowed(allowed)?;
        let mut written = Written::default();
        read_names(&message.content, &mut written);
        for text in texts_of_components(&message.components) {
            read_names(text, &mut written);
        }
        let mut named = Named::default();
        for user in written.users {
            let passes = allowed.parse_users || allowed.users.contains(&user);
            if passes && self.users.contains_key(&user) && !named.users.contains(&user) {
                named.users.push(user);
            }
        }
        if let Some(reference) = message.reference
            && message.kind == super::kind::REPLY
            && allowed.replied_user
            && let Some(answered) = reference.message
            && let Ok(answered) = self.load_message(reference.channel, answered)
            && !named.users.contains(&answered.author)
        {
            named.users.push(answered.author);
        }
        let Some(guild) = home.guild.and_then(|guild| self.guilds.get(&guild)) else {
            return Ok(named);
        };
        let may_ping_all = message.webhook.is_some()
            || self.can(message.author, home, permissions::MENTION_EVERYONE);
        for role in written.roles {
            let passes = allowed.parse_roles || allowed.roles.contains(&role);
            let pingable = guild
                .roles
                .get(&role)
                .is_some_and(|role| role.mentionable || may_ping_all);
            if passes && pingable && !named.roles.contains(&role) {
                named.roles.push(role);
            }
        }
        named.everyone = written.everyone && allowed.parse_everyone && may_ping_all;
        Ok(named)
    }

    /// Notes whom a new message pings, and brings those it names into its thread.
    pub(super) fn ping(&mut self, message: &Message) {
        let Some(home) = self.channels.get(&message.channel).cloned() else {
            return;
        };
        let mut reached: BTreeSet<u64> = message.mentions.iter().copied().collect();
        if let Some(guild) = home.guild.and_then(|guild| self.guilds.get(&guild)) {
            let mut brought: BTreeSet<u64> = reached.clone();
            for role in &message.mention_roles {
                let holders = holders(guild, *role);
                if holders.len() <= MOST_BROUGHT_BY_ROLE {
                    brought.extend(&holders);
                }
                reached.extend(holders);
            }
            if message.mention_everyone {
                reached.extend(guild.members.keys());
            }
            if home.thread.is_some() {
                self.bring_into_thread(&home, &brought);
            }
        }
        let Some(home) = self.channels.get(&message.channel) else {
            return;
        };
        let pinged: Vec<Ping> = reached
            .into_iter()
            .filter(|user| *user != message.author && self.can_see(*user, home))
            .map(|user| Ping {
                user,
                message: message.id,
                channel: message.channel,
            })
            .collect();
        self.pings.extend(pinged);
    }

    /// Whoever is named in a thread and sees its channel becomes a member of it.
    fn bring_into_thread(&mut self, thread: &Channel, named: &BTreeSet<u64>) {
        let Some(parent) = thread
            .parent
            .and_then(|parent| self.channels.get(&parent))
            .cloned()
        else {
            return;
        };
        for user in named {
            if self.can_see(*user, &parent) {
                self.join_thread(thread.id, *user);
            }
        }
    }
}

fn holders(guild: &Guild, role: u64) -> Vec<u64> {
    let holds = |roles: &BTreeSet<u64>| role == guild.id || roles.contains(&role);
    guild
        .members
        .values()
        .filter(|member| holds(&member.roles))
        .map(|member| member.user)
        .collect()
}

/// A kind may be let through altogether or one by one, not both; lists hold at most 100.
fn check_allowed(allowed: &AllowedMentions) -> Outcome {
    let mut wrong = Vec::new();
    for (key, all, listed) in [
        ("users", allowed.parse_users, &allowed.users),
        ("roles", allowed.parse_roles, &allowed.roles),
    ] {
        if all && !listed.is_empty() {
            wrong.push(FieldError {
                path: "allowed_mentions".into(),
                code: "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
                message: format!("parse:[\"{key}\"] and {key}: [ids...] are mutually exclusive."),
            });
        }
        if listed.len() > 100 {
            wrong.push(FieldError {
                path: format!("allowed_mentions.{key}"),
                code: "BASE_TYPE_MAX_LENGTH",
                message: "Must be 100 or fewer in length.".into(),
            });
        }
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(ApiError::form(wrong))
    }
}

/// The texts of text displays, at any depth.
fn texts_of_components(components: &[Value]) -> Vec<&str> {
    let mut texts = Vec::new();
    let mut left: Vec<&Value> = components.iter().collect();
    while let Some(component) = left.pop() {
        if component["type"] == 10 {
            texts.extend(component["content"].as_str());
        }
        left.extend(component["components"].as_array().into_iter().flatten());
    }
    texts
}

/// Reads `<@1>`, `<@!1>`, `<@&1>`, `@everyone` and `@here` outside of code.
fn read_names(text: &str, written: &mut Written) {
    for part in outside_code(text) {
        written.everyone |= part.contains("@everyone") || part.contains("@here");
        for piece in part.split("<@").skip(1) {
            let Some((name, _)) = piece.split_once('>') else {
                continue;
            };
            if let Some(role) = name.strip_prefix('&') {
                written.roles.extend(role.parse::<u64>());
            } else {
                let user = name.strip_prefix('!').unwrap_or(name);
                written.users.extend(user.parse::<u64>());
            }
        }
    }
}

/// The parts of a text that are not inside `` `code` `` or ```` ```blocks``` ````. A run of
/// backticks that is never closed is plain text.
fn outside_code(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text;
    loop {
        let Some((before, after)) = rest.split_once('`') else {
            parts.push(rest);
            return parts;
        };
        let extra = after.chars().take_while(|it| *it == '`').count();
        let fence = "`".repeat(extra + 1);
        let Some(body) = after.get(extra..) else {
            return parts;
        };
        parts.push(before);
        match body.split_once(fence.as_str()) {
            Some((_, behind)) => rest = behind,
            None => rest = body,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Written {
        let mut written = Written::default();
        read_names(text, &mut written);
        written
    }

    #[test]
    fn names_are_read_outside_code_only() {
        let text = "hi <@1> and <@!2>, `<@3>`\n```\n<@4> @everyone\n``` <@&5> ` <@6>";
        let expected = Written {
            users: vec![1, 2, 6],
            roles: vec![5],
            everyone: false,
        };
        assert_eq!(names(text), expected);
    }

    #[test]
    fn broken_names_are_text() {
        assert_eq!(
            names("<@> <@&> <@x> <@1 <@99999999999999999999999>"),
            Written::default()
        );
        assert!(names("mail@here.org").everyone);
    }
}
