//! Who is asking: what the settings and Discord make of the person behind an interaction.

use std::sync::Arc;

use serenity::model::Permissions;
use serenity::model::guild::Member;
use serenity::model::id as discord;

use crate::domain::guild::GuildSettings;
use crate::domain::ids::{GuildId, RoleId, UserId};
use crate::ledger::LiveGuilds;
use crate::ledger::intent::Rank;
use crate::text::answer;

/// Somebody who may talk to us, in a guild that we serve.
#[derive(Clone, Debug)]
pub(super) struct Person {
    /// Who.
    pub(super) user: UserId,
    /// What they may do.
    pub(super) rank: Rank,
    /// Whether they may change the settings.
    pub(super) may_change_settings: bool,
    /// Where.
    pub(super) guild: Arc<GuildSettings>,
}

/// The person behind an interaction, or the sentence that says why we cannot help them.
///
/// The roles and permissions are those that Discord sent with this very interaction; nothing is
/// remembered, so a role that was taken away counts from the next click on.
pub(super) fn admit(
    guilds: &LiveGuilds,
    guild: Option<discord::GuildId>,
    user: discord::UserId,
    member: Option<&Member>,
) -> Result<Person, &'static str> {
    let (Some(guild), Some(member)) = (guild, member) else {
        return Err(answer::NOT_IN_PRIVATE);
    };
    let guild = guilds.find(GuildId(guild.get())).ok_or(answer::NOT_HERE)?;
    let roles: Vec<RoleId> = member.roles.iter().map(|role| RoleId(role.get())).collect();
    let permissions = member.permissions.unwrap_or_default();
    Ok(Person {
        user: UserId(user.get()),
        rank: rank(&guild, &roles, permissions),
        may_change_settings: guild.is_moderator(&roles)
            || permissions.intersects(Permissions::MANAGE_GUILD | Permissions::ADMINISTRATOR),
        guild,
    })
}

/// What these roles and permissions (of the channel the person is in) make of somebody.
fn rank(guild: &GuildSettings, roles: &[RoleId], permissions: Permissions) -> Rank {
    if guild.is_moderator(roles)
        || permissions.intersects(Permissions::MANAGE_THREADS | Permissions::ADMINISTRATOR)
    {
        Rank::Moderator
    } else if guild.is_staff(roles) {
        Rank::Staff
    } else {
        Rank::Member
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::discord::views::fixture;

    #[test]
    fn roles_and_permissions_make_the_rank() {
        let guild = fixture::guild();
        let nothing = Permissions::empty();
        assert_eq!(rank(&guild, &[], nothing), Rank::Member);
        assert_eq!(rank(&guild, &[RoleId(1)], nothing), Rank::Member);
        assert_eq!(rank(&guild, &[fixture::STAFF], nothing), Rank::Staff);
        let both = [fixture::STAFF, fixture::MODERATORS];
        assert_eq!(rank(&guild, &both, nothing), Rank::Moderator);
        for enough in [Permissions::MANAGE_THREADS, Permissions::ADMINISTRATOR] {
            assert_eq!(rank(&guild, &[], enough), Rank::Moderator);
        }
        let not_enough =
            Permissions::all() - Permissions::MANAGE_THREADS - Permissions::ADMINISTRATOR;
        assert_eq!(rank(&guild, &[], not_enough), Rank::Member);
    }
}
