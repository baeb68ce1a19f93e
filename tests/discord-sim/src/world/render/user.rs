//! Accounts, members, applications.

use serde_json::{Value, json};

use super::{id, ids, optional_timestamp, put, timestamp};
use crate::world::{Application, Guild, Member, User, World};

impl World {
    /// A user, also one whose account is gone.
    pub fn render_user(&self, user: u64) -> Value {
        self.users
            .get(&user)
            .map_or_else(|| render_deleted_user(user), render_known_user)
    }

    /// The user as it sees itself.
    pub fn render_self(&self, user: u64) -> Value {
        let mut rendered = self.render_user(user);
        for (key, value) in [
            ("mfa_enabled", json!(true)),
            ("locale", json!("en-US")),
            ("verified", json!(true)),
            ("email", Value::Null),
            ("premium_type", json!(0)),
        ] {
            put(&mut rendered, key, value);
        }
        rendered
    }

    /// A member with its `user`.
    pub fn render_member(&self, member: &Member) -> Value {
        let mut rendered = self.render_member_without_user(member);
        put(&mut rendered, "user", self.render_user(member.user));
        rendered
    }

    /// A member as it stands beside its user, for example in a message's event.
    pub fn render_member_without_user(&self, member: &Member) -> Value {
        json!({
            "avatar": null,
            "banner": null,
            "communication_disabled_until": optional_timestamp(member.silenced_until.filter(|until| *until > self.now())),
            "flags": 0,
            "joined_at": timestamp(member.joined_at),
            "nick": member.nick,
            "pending": false,
            "premium_since": null,
            "roles": ids(&member.roles),
            "mute": false,
            "deaf": false,
        })
    }

    /// The member of a guild, if it is one.
    pub fn find_member(&self, guild: u64, user: u64) -> Option<&Member> {
        self.guilds
            .get(&guild)
            .and_then(|guild| guild.members.get(&user))
    }

    /// An application as its own bot sees it.
    pub fn render_application(&self, application: &Application) -> Value {
        let guilds = self
            .guilds
            .values()
            .filter(|guild: &&Guild| guild.members.contains_key(&application.bot))
            .count();
        json!({
            "id": id(application.id),
            "name": application.name,
            "icon": null,
            "description": "",
            "type": null,
            "bot": self.render_user(application.bot),
            "bot_public": true,
            "bot_require_code_grant": false,
            "integration_types_config": { "0": {} },
            // Any 32 bytes: interactions of this simulation come through the gateway, unsigned.
            "verify_key": "0".repeat(64),
            "flags": application.flags(),
            "flags_new": application.flags().to_string(),
            "max_participants": null,
            "redirect_uris": [],
            "interactions_endpoint_url": null,
            "role_connections_verification_url": null,
            "owner": self.render_user(application.owner),
            "approximate_guild_count": guilds,
            "approximate_user_install_count": 0,
            "approximate_user_authorization_count": 0,
            "event_webhooks_status": 1,
            "explicit_content_filter": 0,
            "team": null,
            "eligible_oauth2_scopes": [],
        })
    }
}

fn render_known_user(user: &User) -> Value {
    let mut rendered = json!({
        "id": id(user.id),
        "username": user.username,
        "avatar": null,
        // Bots still carry four digits.
        "discriminator": if user.bot { format!("{:04}", user.id % 9999 + 1) } else { "0".to_owned() },
        "public_flags": 0,
        "flags": 0,
        "banner": null,
        "accent_color": null,
        "global_name": user.global_name,
        "avatar_decoration_data": null,
        "collectibles": null,
        "primary_guild": null,
    });
    if user.bot {
        put(&mut rendered, "bot", json!(true));
    }
    if user.system {
        put(&mut rendered, "system", json!(true));
    }
    rendered
}

fn render_deleted_user(user: u64) -> Value {
    render_known_user(&User {
        id: user,
        username: format!("deleted_user_{:012x}", user & 0xffff_ffff_ffff),
        global_name: None,
        bot: false,
        system: false,
    })
}
