-- The settings of each guild, version by version, and since when each of its channels is watched.

-- Every change of the settings that was accepted. The one with the highest number is in force.
CREATE TABLE setting_version (
    guild_id INTEGER NOT NULL REFERENCES guild (guild_id),
    -- Counted from 1.
    version INTEGER NOT NULL CHECK (version > 0),
    -- Since when it is in force; later than the version before.
    in_force_at INTEGER NOT NULL,
    -- Who changed them on Discord; NULL when the settings file was read.
    changed_by INTEGER,
    -- The settings as TOML, checked before they came here: what `sameday.toml` says about a guild,
    -- without what only the machine knows.
    document TEXT NOT NULL,
    PRIMARY KEY (guild_id, version)
) STRICT, WITHOUT ROWID;

-- Changes that were shown to whoever asked for them and wait for a click.
CREATE TABLE setting_proposal (
    proposal_id INTEGER PRIMARY KEY,
    guild_id INTEGER NOT NULL REFERENCES guild (guild_id),
    -- The version they change. When another is in force by the time of the click, they are refused.
    based_on INTEGER NOT NULL,
    proposed_by INTEGER NOT NULL,
    proposed_at INTEGER NOT NULL,
    document TEXT NOT NULL
) STRICT;

-- The channels whose threads are tickets.
CREATE TABLE watched_channel (
    guild_id INTEGER NOT NULL REFERENCES guild (guild_id),
    channel_id INTEGER NOT NULL,
    -- Threads opened before are tracked, and by default never alarm.
    watched_since_at INTEGER NOT NULL,
    -- 1 once its threads were compared with Discord since it is watched.
    caught_up INTEGER NOT NULL DEFAULT 0 CHECK (caught_up IN (0, 1)),
    PRIMARY KEY (guild_id, channel_id)
) STRICT, WITHOUT ROWID;
