//! Acme's server on Discord: its rooms, its people, and the bot's invitation. Nobody in it exists.

use discord_sim::Sim;
use discord_sim::people::Person;
use discord_sim::world::{
    ApiError, NewApplication, NewChannel, NewRole, NewTag, Overwrite, OverwriteOf, World,
    permissions,
};

/// What the bot is invited with.
const NEEDED: u64 = permissions::VIEW_CHANNEL
    | permissions::SEND_MESSAGES
    | permissions::SEND_MESSAGES_IN_THREADS
    | permissions::EMBED_LINKS
    | permissions::READ_MESSAGE_HISTORY;

const GREEN: u32 = 0x003b_a55d;
const ORANGE: u32 = 0x00e0_8a1e;
const RED: u32 = 0x00d8_3a6b;

/// The server and who is in it.
pub(super) struct Team {
    pub(super) places: Places,
    /// The bot's token.
    pub(super) token: String,
    pub(super) ann: Person,
    pub(super) kim: Person,
    pub(super) lee: Person,
    pub(super) noa: Person,
    /// Nobody's employee; knows a lot.
    pub(super) ben: Person,
    /// Staff.
    pub(super) eva: Person,
    /// Staff.
    pub(super) tom: Person,
    /// Moderates, and sees everything.
    pub(super) mia: Person,
    /// Owns the server.
    pub(super) olga: Person,
}

/// The ids of the server, its roles and channels.
#[derive(Clone, Copy)]
pub(super) struct Places {
    pub(super) guild: u64,
    pub(super) staff: u64,
    pub(super) moderators: u64,
    /// A forum whose posts are tickets.
    pub(super) forum: u64,
    /// A text channel whose threads are tickets.
    pub(super) help: u64,
    /// Staff and moderators only.
    pub(super) staff_channel: u64,
    /// Moderators only.
    pub(super) moderator_channel: u64,
}

impl Team {
    /// Everybody is there, and the bot invited; of the privileged intents it has these.
    pub(super) fn gathers(sim: &Sim, intents: u64) -> anyhow::Result<Self> {
        let [ann, kim, lee, noa, ben, eva, tom, mia, olga] = [
            "Ann", "Kim", "Lee", "Noa", "Ben", "Eva", "Tom", "Mia", "Olga",
        ]
        .map(|name| sim.person(name));
        let places = sim.act(|world| build(world, olga.id()))?;
        for (person, role) in [
            (&ann, None),
            (&kim, None),
            (&lee, None),
            (&noa, None),
            (&ben, None),
            (&eva, Some(places.staff)),
            (&tom, Some(places.staff)),
            (&mia, Some(places.moderators)),
        ] {
            person.joins(places.guild, role.as_slice())?;
        }
        let token = sim.act(|world| invite(world, places.guild, olga.id(), intents))?;
        Ok(Self {
            places,
            token,
            ann,
            kim,
            lee,
            noa,
            ben,
            eva,
            tom,
            mia,
            olga,
        })
    }

    /// Whom a visitor of the page can be: two who ask, two of the staff, the moderator, the admin.
    pub(super) fn personas(&self) -> Vec<u64> {
        let chosen = [
            &self.ann, &self.kim, &self.eva, &self.tom, &self.mia, &self.olga,
        ];
        chosen.map(Person::id).to_vec()
    }
}

fn build(world: &mut World, owner: u64) -> Result<Places, ApiError> {
    let guild = world.add_guild("Acme", owner);
    let mut role = |name: &str, color, permissions| {
        let role = NewRole {
            color,
            permissions,
            hoist: true,
            mentionable: true,
            ..NewRole::named(name)
        };
        world.add_role(guild, role)
    };
    let staff = role("Staff", GREEN, 0)?;
    let moderators = role(
        "Moderators",
        ORANGE,
        permissions::MANAGE_THREADS | permissions::MANAGE_MESSAGES | permissions::PIN_MESSAGES,
    )?;
    let admin = role("Admin", RED, permissions::ADMINISTRATOR)?;
    world.set_roles(guild, owner, &[admin])?;

    let community = world.add_channel(guild, NewChannel::category("Community"))?;
    let inside = world.add_channel(guild, NewChannel::category("Acme inside"))?;
    let tags = [("Question", "❓"), ("Bug", "🐛"), ("Idea", "💡")];
    let forum = NewChannel {
        parent: Some(community),
        topic: Some(
            "One question per post. Say what you **tried** and what you saw; the log helps."
                .to_owned(),
        ),
        tags: tags
            .map(|(name, emoji)| NewTag {
                emoji_name: Some(emoji.to_owned()),
                ..NewTag::named(name)
            })
            .to_vec(),
        ..NewChannel::forum("help-forum")
    };
    let text = |name: &str, topic: &str| NewChannel {
        parent: Some(community),
        topic: Some(topic.to_owned()),
        ..NewChannel::text(name)
    };
    let room = |name: &str, topic: &str, roles: &[u64]| {
        let overwrite = |id, allow, deny| Overwrite {
            id,
            of: OverwriteOf::Role,
            allow,
            deny,
        };
        let view = permissions::VIEW_CHANNEL;
        let mut overwrites = vec![overwrite(guild, 0, view)];
        overwrites.extend(roles.iter().map(|role| overwrite(*role, view, 0)));
        NewChannel {
            parent: Some(inside),
            overwrites,
            ..text(name, topic)
        }
    };
    Ok(Places {
        guild,
        staff,
        moderators,
        forum: world.add_channel(guild, forum)?,
        help: world.add_channel(
            guild,
            text("help", "Short questions; make a thread of yours"),
        )?,
        staff_channel: world.add_channel(
            guild,
            room("staff", "What is due soon", &[staff, moderators]),
        )?,
        moderator_channel: world
            .add_channel(guild, room("moderators", "What is late", &[moderators]))?,
    })
}

/// Adds the bot's application and invites its bot, into the closed rooms too; answers with its token.
fn invite(world: &mut World, guild: u64, owner: u64, intents: u64) -> Result<String, ApiError> {
    let application = world.add_application(NewApplication {
        name: "sameday".to_owned(),
        owner,
        privileged_intents: intents,
    });
    let Some(known) = world.applications.get(&application) else {
        return Err(ApiError::unknown_application());
    };
    let (bot, token) = (known.bot, known.token.clone());
    world.invite_bot(guild, bot, NEEDED)?;
    let closed: Vec<u64> = world
        .channels
        .values()
        .filter(|channel| !channel.overwrites.is_empty())
        .map(|channel| channel.id)
        .collect();
    for channel in closed {
        let overwrite = Overwrite {
            id: bot,
            of: OverwriteOf::Member,
            allow: permissions::VIEW_CHANNEL,
            deny: 0,
        };
        world.set_overwrite(channel, overwrite)?;
    }
    Ok(token)
}
