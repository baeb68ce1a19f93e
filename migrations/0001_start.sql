-- The first schema. Rules for this folder:
--   * forward only: a released migration is never edited, the next one mends it;
--   * every table is STRICT, every column that is not obvious is explained;
--   * each migration has sample rows in samples/, over which all later ones are applied in a test.
--
-- Instants (`_at`) are milliseconds since 1970-01-01T00:00:00Z. Ids of Discord are snowflakes.
-- Columns named `fact`, `state`, `shown` and `content` hold JSON written by serde.

-- 'same' in ASCII: how we know a file as ours.
PRAGMA application_id = 1935764837;

-- The guilds we have ever been told to serve.
CREATE TABLE guild (
    guild_id INTEGER PRIMARY KEY,
    -- When we first ran for it: what happened before is tracked, but never alarms by default.
    first_seen_at INTEGER NOT NULL,
    -- A hash of the settings under which its open tickets were last decided. Another hash at the
    -- start means that every open ticket is decided again. Empty: not decided yet.
    rules TEXT NOT NULL DEFAULT ''
) STRICT;

-- The place on Discord that shows a ticket.
CREATE TABLE thread (
    thread_id INTEGER PRIMARY KEY,
    guild_id INTEGER NOT NULL,
    channel_id INTEGER NOT NULL,
    -- Text from people; empty once the thread is gone.
    title TEXT NOT NULL,
    archived INTEGER NOT NULL CHECK (archived IN (0, 1)),
    locked INTEGER NOT NULL CHECK (locked IN (0, 1)),
    -- The newest message we know of, machines' messages included: catch-up reads what is after it.
    last_seen_message_id INTEGER,
    -- When we noticed that it was deleted.
    gone_at INTEGER,
    -- 1 from the moment it is known to be gone until what was theirs is erased.
    to_erase INTEGER NOT NULL DEFAULT 0 CHECK (to_erase IN (0, 1))
) STRICT;

CREATE INDEX thread_by_guild ON thread (guild_id, channel_id);
CREATE INDEX thread_to_erase ON thread (thread_id) WHERE to_erase = 1;

-- What a ticket's events add up to: a projection that can be thrown away and rebuilt, except for
-- `shown` and `card_message_id`, which say what was ordered and where it stands.
CREATE TABLE ticket (
    ticket_id INTEGER PRIMARY KEY,
    thread_id INTEGER NOT NULL UNIQUE REFERENCES thread (thread_id),
    -- The folded ticket.
    state TEXT NOT NULL,
    -- The key of the latest event folded in.
    latest_at INTEGER,
    latest_id INTEGER,
    latest_kind INTEGER,
    -- Copies out of `state`, to ask by.
    status TEXT NOT NULL CHECK (status IN ('open', 'resolved', 'gone')),
    asker_id INTEGER,
    claimed_by INTEGER,
    opened_at INTEGER,
    -- Since when the asker waits for an answer; NULL when nobody waits.
    waiting_since INTEGER,
    -- The warning point and due time of the answer that is waited for; NULL when none is promised.
    warn_at INTEGER,
    due_at INTEGER,
    -- When to decide again; NULL when only a new event can change anything.
    wake_at INTEGER,
    -- The face that the card was last ordered to show; NULL while there is no card.
    shown TEXT,
    card_message_id INTEGER
) STRICT;

CREATE INDEX ticket_by_wake ON ticket (wake_at) WHERE wake_at IS NOT NULL;
CREATE INDEX ticket_open_by_wait ON ticket (waiting_since) WHERE status = 'open';

-- The truth: append-only, never changed, except that the people in it become mere ordinals when
-- their thread is deleted.
CREATE TABLE ticket_event (
    ticket_id INTEGER NOT NULL REFERENCES ticket (ticket_id),
    -- When it happened, the snowflake it came from, and which of that snowflake's facts it is:
    -- the order of a ticket's events, and what makes an event the same when it comes twice.
    at INTEGER NOT NULL,
    id INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    fact TEXT NOT NULL,
    -- When we wrote it, which decides nothing.
    recorded_at INTEGER NOT NULL,
    PRIMARY KEY (ticket_id, at, id, kind)
) STRICT, WITHOUT ROWID;

-- What is to be said outside, written with the decision to say it.
--
--   pending ──lease──> leased ──┬─> delivered (cards are deleted then)
--      ^                        ├─> dropped   no longer true, or its thread is gone
--      └──────── retry ─────────┴─> dead      given up, with its reason
CREATE TABLE outbox (
    outbox_id INTEGER PRIMARY KEY AUTOINCREMENT,
    guild_id INTEGER NOT NULL,
    ticket_id INTEGER REFERENCES ticket (ticket_id),
    kind TEXT NOT NULL CHECK (kind IN ('card', 'alert', 'notice')),
    -- What must be said in order, one parcel at a time: a ticket's card, a guild's audience.
    lane TEXT NOT NULL,
    content TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'leased', 'delivered', 'dropped', 'dead')),
    -- The parcel it went out in for the first time, and in which it is retried: the number of the
    -- parcel's first row.
    parcel_id INTEGER,
    attempts INTEGER NOT NULL DEFAULT 0,
    -- An earlier attempt may have arrived although its answer was lost.
    uncertain INTEGER NOT NULL DEFAULT 0 CHECK (uncertain IN (0, 1)),
    ordered_at INTEGER NOT NULL,
    -- pending: not tried before this; leased: the end of the lease.
    not_before INTEGER NOT NULL,
    finished_at INTEGER,
    -- The message that said it.
    message_id INTEGER,
    -- Why the last attempt failed, or why it was dropped.
    reason TEXT
) STRICT;

CREATE INDEX outbox_open ON outbox (lane, outbox_id) WHERE state IN ('pending', 'leased');
CREATE INDEX outbox_dead ON outbox (outbox_id) WHERE state = 'dead';
CREATE INDEX outbox_by_ticket ON outbox (ticket_id) WHERE ticket_id IS NOT NULL;

-- Where each shard's session with Discord stands: committed with the events it stands for.
CREATE TABLE session (
    shard INTEGER PRIMARY KEY,
    shards INTEGER NOT NULL,
    session_id TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    resume_url TEXT NOT NULL
) STRICT;

-- The READY that opened the session: large and written once, so it stands apart from the sequence.
CREATE TABLE session_ready (
    shard INTEGER PRIMARY KEY,
    session_id TEXT NOT NULL,
    ready TEXT NOT NULL
) STRICT;

-- One row: the last instant at which we know that we were running.
CREATE TABLE presence (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    alive_at INTEGER NOT NULL
) STRICT;
