//! A small harbour of people, channels and one application, and its page.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use discord_sim::page::{
    self, Page, PageOptions, Panel, PanelRow, PanelSection, Scene, Step, Tone,
};
use discord_sim::people::Person;
use discord_sim::world::{
    NewApplication, NewChannel, NewMessage, NewRole, NewTag, NewThread, Overwrite, OverwriteOf,
    intents, permissions,
};
use discord_sim::{Sim, SimOptions};

/// Monday, 2026-11-23, 16:40 UTC; the clock stands until it is turned.
pub(crate) const START: &str = "2026-11-23T16:40:00Z";

pub(crate) struct House {
    pub(crate) sim: Sim,
    pub(crate) page: Page,
    pub(crate) guild: u64,
    pub(crate) general: u64,
    pub(crate) forum: u64,
    /// Only staff sees it.
    pub(crate) staff_room: u64,
    pub(crate) staff_role: u64,
    pub(crate) application: u64,
    pub(crate) token: String,
    pub(crate) nora: Person,
    pub(crate) omar: Person,
    pub(crate) ines: Person,
    pub(crate) sam: Person,
    pub(crate) millis: Arc<AtomicI64>,
}

impl House {
    pub(crate) async fn build() -> Self {
        let start: DateTime<Utc> = START.parse().unwrap();
        let millis = Arc::new(AtomicI64::new(start.timestamp_millis()));
        let hand = Arc::clone(&millis);
        let now = move || DateTime::from_timestamp_millis(hand.load(Ordering::Relaxed)).unwrap();
        let sim = Sim::start(SimOptions::new(Box::new(now))).await.unwrap();
        // In the order in which they shall be offered.
        let [nora, omar, ines, sam, max, ada] =
            ["Nora", "Omar", "Ines", "Sam", "Max", "Ada"].map(|name| sim.person(name));
        let (guild, staff_role, moderator_role, admin_role) = sim
            .act(|world| {
                let guild = world.add_guild("Harbour", ada.id());
                let role = |name: &str, color, permissions| NewRole {
                    color,
                    permissions,
                    hoist: true,
                    mentionable: true,
                    ..NewRole::named(name)
                };
                let staff = world.add_role(guild, role("Staff", 0x003b_a55d, 0))?;
                let moderates = permissions::MANAGE_THREADS
                    | permissions::MANAGE_MESSAGES
                    | permissions::PIN_MESSAGES;
                let moderator = world.add_role(guild, role("Moderator", 0x00e0_8a1e, moderates))?;
                let admin = world.add_role(
                    guild,
                    role("Admin", 0x00d8_3a6b, permissions::ADMINISTRATOR),
                )?;
                Ok((guild, staff, moderator, admin))
            })
            .unwrap();
        sim.act(|world| world.set_roles(guild, ada.id(), &[admin_role]))
            .unwrap();
        for (person, roles) in [
            (&nora, vec![]),
            (&omar, vec![]),
            (&ines, vec![staff_role]),
            (&sam, vec![staff_role]),
            (&max, vec![moderator_role]),
        ] {
            person.joins(guild, &roles).unwrap();
        }
        let (general, forum, staff_room, application, token) = sim
            .act(|world| {
                let talk = world.add_channel(guild, NewChannel::category("Community"))?;
                let inside = world.add_channel(guild, NewChannel::category("Inside"))?;
                let forum = world.add_channel(
                    guild,
                    NewChannel {
                        parent: Some(talk),
                        topic: Some(
                            "One question per post. Say what you **tried** and what you saw."
                                .to_owned(),
                        ),
                        tags: [("Question", "❓"), ("Bug", "🐛"), ("Solved", "✅")]
                            .map(|(name, emoji)| NewTag {
                                emoji_name: Some(emoji.to_owned()),
                                ..NewTag::named(name)
                            })
                            .to_vec(),
                        ..NewChannel::forum("help")
                    },
                )?;
                let general = world.add_channel(
                    guild,
                    NewChannel {
                        parent: Some(talk),
                        topic: Some("Everything and nothing".to_owned()),
                        ..NewChannel::text("general")
                    },
                )?;
                let overwrite = |id, allow, deny| Overwrite {
                    id,
                    of: OverwriteOf::Role,
                    allow,
                    deny,
                };
                let staff_room = world.add_channel(
                    guild,
                    NewChannel {
                        parent: Some(inside),
                        overwrites: vec![
                            overwrite(guild, 0, permissions::VIEW_CHANNEL),
                            overwrite(staff_role, permissions::VIEW_CHANNEL, 0),
                        ],
                        ..NewChannel::text("staff")
                    },
                )?;
                let application = world.add_application(NewApplication {
                    name: "Lantern".to_owned(),
                    owner: ada.id(),
                    privileged_intents: intents::MESSAGE_CONTENT,
                });
                let may = permissions::DEFAULT_EVERYONE | permissions::MANAGE_THREADS;
                world.invite_bot(guild, application, may)?;
                let token = world.applications.get(&application).unwrap().token.clone();
                Ok((general, forum, staff_room, application, token))
            })
            .unwrap();
        let page = page::open(&sim, options(&sim, &millis, general, &nora))
            .await
            .unwrap();
        Self {
            sim,
            page,
            guild,
            general,
            forum,
            staff_room,
            staff_role,
            application,
            token,
            nora,
            omar,
            ines,
            sam,
            millis,
        }
    }

    /// Turns the clock.
    pub(crate) fn advance(&self, length: TimeDelta) {
        self.millis
            .fetch_add(length.num_milliseconds(), Ordering::Relaxed);
        self.sim.tick();
    }

    /// A tag of the forum.
    pub(crate) fn tag(&self, name: &str) -> u64 {
        self.sim.read(|world| {
            let forum = world.channels[&self.forum].forum.as_ref().unwrap();
            forum.tags.iter().find(|tag| tag.name == name).unwrap().id
        })
    }

    /// A post in the forum with these tags.
    pub(crate) fn post(&self, person: &Person, title: &str, text: &str, tags: &[&str]) -> u64 {
        let post = NewThread {
            applied_tags: tags.iter().map(|tag| self.tag(tag)).collect(),
            ..NewThread::named(title)
        };
        person
            .opens(self.forum, post, NewMessage::text(text))
            .unwrap()
    }
}

fn options(sim: &Sim, millis: &Arc<AtomicI64>, general: u64, nora: &Person) -> PageOptions {
    let hand = Arc::clone(millis);
    let ticking = sim.clone();
    let turn = move |to: DateTime<Utc>| {
        hand.store(to.timestamp_millis(), Ordering::Relaxed);
        ticking.tick();
    };
    let speaks = |text: &'static str| {
        let nora = nora.clone();
        Step::new(format!("Nora says {text:?}"), move || {
            let said = nora.posts(general, text);
            async move { said.map(|_| None) }
        })
    };
    PageOptions {
        turn_clock: Some(Box::new(move |to| {
            turn(to);
            Box::pin(async {})
        })),
        panel: Some(Box::new(|channel| {
            Box::pin(async move {
                let row = |text: &str, tone| PanelRow {
                    at: Some(START.parse().unwrap()),
                    text: text.to_owned(),
                    note: Some("because <b>somebody</b> asked".to_owned()),
                    tone,
                };
                Some(Panel {
                    title: format!("Channel {channel}"),
                    sections: vec![PanelSection {
                        title: "What happened".to_owned(),
                        rows: vec![row("Opened", Tone::Good), row("Due soon", Tone::Warning)],
                    }],
                })
            })
        })),
        scenes: vec![
            Scene::new(
                "A short talk",
                "Nora says two things, one after the other.",
                vec![speaks("first"), speaks("second")],
            ),
            Scene::new(
                "Something breaks",
                "Shows what a failed scene looks like.",
                vec![Step::new("It fails", || async {
                    anyhow::bail!("the lights went out")
                })],
            ),
        ],
        ..PageOptions::new()
    }
}
