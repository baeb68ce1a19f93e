//! Op 8: lists of members on request.

use serde_json::{Value, json};

use super::session::Event;
use crate::Sim;
use crate::world::intents;

/// Members in one `GUILD_MEMBERS_CHUNK` (events/gateway-events, "Request Guild Members").
const CHUNK: usize = 1000;
/// Members that a list of ids or a query can ask for at once.
const MOST: usize = 100;

/// Answers op 8 with chunks for that session alone.
///
/// The list of all members needs the intent `GUILD_MEMBERS`; without it, and for a guild the bot is
/// not in, nothing is answered, and the simulation notes it.
pub(super) fn request(sim: &Sim, session: &str, data: &Value) {
    let guild_id = id(data.get("guild_id"));
    let query = data
        .get("query")
        .and_then(Value::as_str)
        .map(str::to_lowercase);
    let asked: Option<Vec<u64>> = data.get("user_ids").map(|ids| match ids {
        Value::Array(list) => list.iter().filter_map(|one| id(Some(one))).collect(),
        one => id(Some(one)).into_iter().collect(),
    });
    let limit = data.get("limit").and_then(Value::as_u64).unwrap_or(0);
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    sim.read(|world| {
        let mut state = sim.hub().state();
        let Some(session) = state.sessions.get_mut(session) else {
            return;
        };
        let guild = guild_id
            .and_then(|id| world.guilds.get(&id))
            .filter(|guild| guild.members.contains_key(&session.wish.bot));
        let everybody = asked.is_none() && query.as_deref() == Some("") && limit == 0;
        let allowed = !everybody || session.wish.intents & intents::GUILD_MEMBERS != 0;
        let (Some(guild), true) = (guild, allowed) else {
            sim.report(crate::Finding {
                at: "gateway op 8".to_owned(),
                what: "members of a guild that the bot is not in, or all of them without GUILD_MEMBERS"
                    .to_owned(),
            });
            return;
        };
        let wanted = |user: u64| match (&asked, &query) {
            (Some(ids), _) => ids.contains(&user),
            (None, Some(start)) => world.users.get(&user).is_some_and(|account| {
                account.username.to_lowercase().starts_with(start.as_str())
            }),
            (None, None) => false,
        };
        let most = if everybody { usize::MAX } else { MOST.min(if limit == 0 { MOST } else { limit }) };
        let members: Vec<Value> = guild
            .members
            .values()
            .filter(|member| wanted(member.user))
            .take(most)
            .map(|member| world.render_member(member))
            .collect();
        let missing: Vec<String> = asked
            .iter()
            .flatten()
            .filter(|user| !guild.members.contains_key(user))
            .map(u64::to_string)
            .collect();
        let count = members.len().div_ceil(CHUNK).max(1);
        for index in 0..count {
            let part: Vec<&Value> = members.iter().skip(index * CHUNK).take(CHUNK).collect();
            let mut chunk = json!({
                "guild_id": guild.id.to_string(),
                "members": part,
                "chunk_index": index,
                "chunk_count": count,
            });
            if let Some(chunk) = chunk.as_object_mut() {
                if !missing.is_empty() {
                    chunk.insert("not_found".to_owned(), json!(missing));
                }
                if let Some(nonce) = data.get("nonce") {
                    chunk.insert("nonce".to_owned(), nonce.clone());
                }
            }
            session.push(Event::new("GUILD_MEMBERS_CHUNK", &chunk));
        }
    });
}

fn id(value: Option<&Value>) -> Option<u64> {
    value?.as_str()?.parse().ok()
}
