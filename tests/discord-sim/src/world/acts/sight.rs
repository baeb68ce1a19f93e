//! What a bot comes to see when permissions change.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::world::render::id;
use crate::world::{Channel, Outcome, World, intents, render_thread_member};

impl World {
    /// Does something that may change who sees what in a guild. A bot that gains sight of channels
    /// gets their active threads (`THREAD_LIST_SYNC`); of losing sight Discord says nothing.
    pub(super) fn changing_sight<T>(
        &mut self,
        guild: u64,
        act: impl FnOnce(&mut Self) -> Outcome<T>,
    ) -> Outcome<T> {
        let before = self.sight(guild);
        let answer = act(self)?;
        let mut gained: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
        for (bot, channel) in self.sight(guild).difference(&before) {
            gained.entry(*bot).or_default().push(*channel);
        }
        for (bot, channels) in gained {
            self.sync_threads(guild, bot, &channels);
        }
        Ok(answer)
    }

    /// Which bot sees which channel that may hold threads.
    fn sight(&self, guild: u64) -> BTreeSet<(u64, u64)> {
        let channels = self.channels.values();
        channels
            .filter(|channel| channel.guild == Some(guild) && channel.kind.holds_threads())
            .flat_map(|channel| {
                let bots = self.bots_that_see(channel).into_iter();
                bots.map(|bot| (bot, channel.id))
            })
            .collect()
    }

    fn sync_threads(&mut self, guild: u64, bot: u64, channels: &[u64]) {
        let threads: Vec<&Channel> = self
            .channels
            .values()
            .filter(|it| it.parent.is_some_and(|parent| channels.contains(&parent)))
            .filter(|it| it.thread.as_ref().is_some_and(|thread| !thread.archived))
            .filter(|it| self.can_see(bot, it))
            .collect();
        let members = threads.iter().filter_map(|channel| {
            let member = channel.thread.as_ref()?.members.get(&bot)?;
            Some(render_thread_member(channel.id, member))
        });
        let data = json!({
            "guild_id": id(guild),
            "channel_ids": channels.iter().copied().map(id).collect::<Value>(),
            "threads": threads.iter().map(|it| self.render_channel(it)).collect::<Value>(),
            "members": members.collect::<Value>(),
        });
        self.tell_user("THREAD_LIST_SYNC", Some(guild), bot, intents::GUILDS, data);
    }
}
