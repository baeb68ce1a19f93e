-- The outbox takes other kinds of things to say: first of all remarks, said once in a ticket's
-- thread. Which kinds there are is the program's matter (`domain::parcel::Content`), so the column
-- has no list of them any more. SQLite changes no CHECK in place: the table is made anew.
CREATE TABLE outbox_anew (
    outbox_id INTEGER PRIMARY KEY AUTOINCREMENT,
    guild_id INTEGER NOT NULL,
    ticket_id INTEGER REFERENCES ticket (ticket_id),
    kind TEXT NOT NULL,
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

-- Numbers go on where they were: a parcel's number goes out with its message.
INSERT INTO sqlite_sequence (name, seq)
SELECT 'outbox_anew', seq FROM sqlite_sequence WHERE name = 'outbox';

INSERT INTO outbox_anew
SELECT outbox_id, guild_id, ticket_id, kind, lane, content, state, parcel_id, attempts, uncertain,
    ordered_at, not_before, finished_at, message_id, reason
FROM outbox;

DROP TABLE outbox;
ALTER TABLE outbox_anew RENAME TO outbox;

CREATE INDEX outbox_open ON outbox (lane, outbox_id) WHERE state IN ('pending', 'leased');
CREATE INDEX outbox_dead ON outbox (outbox_id) WHERE state = 'dead';
CREATE INDEX outbox_by_ticket ON outbox (ticket_id) WHERE ticket_id IS NOT NULL;
