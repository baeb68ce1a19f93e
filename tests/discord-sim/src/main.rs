//! A small simulated Discord to point a client at: prints where it is, the bot's token, and the
//! address of its page in the browser.

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::Context;
use discord_sim::page::{self, PageOptions, TurnedClock};
use discord_sim::world::{
    ApiError, NewApplication, NewChannel, NewMessage, NewRole, NewTag, NewThread, Overwrite,
    OverwriteOf, World, intents, permissions,
};
use discord_sim::{Sim, SimOptions};

/// Where it listens when the first argument says nothing else.
const USUAL_PORT: u16 = 8410;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    tracing_to_stderr();
    let port = match std::env::args().nth(1) {
        Some(port) => port.parse().context("usage: discord-sim [PORT]")?,
        None => USUAL_PORT,
    };
    #[expect(
        clippy::disallowed_methods,
        reason = "this world runs on the real time, until somebody turns it ahead"
    )]
    let clock = TurnedClock::new(Box::new(chrono::Utc::now));
    let mut options = SimOptions::new(clock.source());
    options.listen = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let sim = Sim::start(options).await?;
    let small = sim.act(furnish)?;
    let page = PageOptions {
        // Beside the API; port 0 stays any free one.
        listen: SocketAddr::from((
            Ipv4Addr::LOCALHOST,
            port.saturating_add(u16::from(port > 0)),
        )),
        turn_clock: Some(clock.hand()),
        ..PageOptions::new()
    };
    let page = page::open(&sim, page).await?;
    #[expect(clippy::print_stdout, reason = "this is what the program is run for")]
    {
        println!("page       {}", page.url());
        println!("base URL   {}", sim.base_url());
        println!("gateway    {}", sim.gateway_url());
        println!("token      {}", small.token);
        println!("guild      {}", small.guild);
        for (name, id) in small.named {
            println!("{name:<10} {id}");
        }
        println!("Ctrl-C ends it.");
    }
    let mut each_second = tokio::time::interval(std::time::Duration::from_secs(1));
    loop {
        tokio::select! {
            _ = each_second.tick() => sim.tick(),
            pressed = tokio::signal::ctrl_c() => {
                pressed?;
                break;
            }
        }
    }
    sim.stop().await;
    Ok(())
}

/// What somebody needs to know of the small world.
struct Small {
    token: String,
    guild: u64,
    named: Vec<(&'static str, u64)>,
}

/// A help forum, a help channel, rooms for staff and moderators, a few people, one bot.
fn furnish(world: &mut World) -> Result<Small, ApiError> {
    let owner = world.add_user("Olga");
    let guild = world.add_guild("Help desk", owner);
    let staff = world.add_role(
        guild,
        NewRole {
            mentionable: true,
            ..NewRole::named("Staff")
        },
    )?;
    let moderator = world.add_role(
        guild,
        NewRole {
            permissions: permissions::MANAGE_THREADS | permissions::MANAGE_MESSAGES,
            ..NewRole::named("Moderator")
        },
    )?;
    let forum = world.add_channel(
        guild,
        NewChannel {
            tags: ["bug", "question", "solved"].map(NewTag::named).to_vec(),
            ..NewChannel::forum("help")
        },
    )?;
    let text = world.add_channel(guild, NewChannel::text("help-chat"))?;
    let only = |role: u64| {
        let overwrite = |id, allow, deny| Overwrite {
            id,
            of: OverwriteOf::Role,
            allow,
            deny,
        };
        vec![
            overwrite(guild, 0, permissions::VIEW_CHANNEL),
            overwrite(role, permissions::VIEW_CHANNEL, 0),
        ]
    };
    let mut room = |name: &str, role| {
        let channel = NewChannel {
            overwrites: only(role),
            ..NewChannel::text(name)
        };
        world.add_channel(guild, channel)
    };
    let staff_room = room("staff", staff)?;
    let moderators_room = room("moderators", moderator)?;
    for (name, roles) in [("Stella", vec![staff]), ("Max", vec![staff, moderator])] {
        let user = world.add_user(name);
        world.add_member(guild, user, &roles)?;
    }
    let asker = world.add_user("Ada");
    world.add_member(guild, asker, &[])?;
    let application = world.add_application(NewApplication {
        name: "sameday".into(),
        owner,
        privileged_intents: intents::MESSAGE_CONTENT | intents::GUILD_MEMBERS,
    });
    world.invite_bot(guild, application, permissions::ADMINISTRATOR)?;
    world.create_forum_post(
        asker,
        forum,
        NewThread::named("The export hangs at 99 %"),
        NewMessage::text("Since this morning every export stops at 99 %. What can I do?"),
    )?;
    let token = world
        .applications
        .get(&application)
        .map(|application| application.token.clone())
        .ok_or_else(ApiError::unknown_application)?;
    Ok(Small {
        token,
        guild,
        named: vec![
            ("#help", forum),
            ("#help-chat", text),
            ("#staff", staff_room),
            ("#moderators", moderators_room),
            ("@Staff", staff),
            ("@Moderator", moderator),
        ],
    })
}

fn tracing_to_stderr() {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_default_env()
                .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info")),
        )
        .init();
}
