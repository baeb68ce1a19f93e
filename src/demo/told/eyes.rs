//! What the teller knows of the world beside what is said in it.

use discord_sim::Sim;

use super::screen::Names;

/// Where something is, as in `#help-forum › It hangs`.
pub(super) fn place(sim: &Sim, channel: u64) -> String {
    sim.read(|world| {
        let Some(place) = world.channels.get(&channel) else {
            return "a place that is gone".to_owned();
        };
        let parent = place.parent.filter(|_| place.thread.is_some());
        match parent.and_then(|parent| world.channels.get(&parent)) {
            Some(parent) => format!("#{} › {}", parent.name, place.name),
            None => format!("#{}", place.name),
        }
    })
}

/// Whom a message pinged, by name.
pub(super) fn pinged_by(sim: &Sim, message: u64) -> Vec<String> {
    let users: Vec<u64> = sim.read(|world| {
        let pings = world.pings.iter().filter(|ping| ping.message == message);
        pings.map(|ping| ping.user).collect()
    });
    let named = users.into_iter().map(|user| sim.person_of(user));
    named.map(|person| person.name()).collect()
}

/// Who and what the ids in a message are.
pub(super) fn names(sim: &Sim) -> Names {
    sim.read(|world| {
        let users = world.users.values().map(|user| {
            let name = user.global_name.as_ref().unwrap_or(&user.username);
            (user.id, name.clone())
        });
        let guilds = world.guilds.values();
        let roles = guilds.flat_map(|guild| guild.roles.values());
        let channels = world.channels.values();
        Names {
            users: users.collect(),
            roles: roles.map(|role| (role.id, role.name.clone())).collect(),
            channels: channels
                .map(|channel| (channel.id, channel.name.clone()))
                .collect(),
        }
    })
}
