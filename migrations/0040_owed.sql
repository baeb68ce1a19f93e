-- What a restart needs to know beyond where its sessions stand.

-- One row: whether everything that had to be looked up on Discord was looked up. When it was, a
-- session that is resumed has missed nothing and nothing is compared.
CREATE TABLE catch_up (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    -- The number of the last errand that a recorded position has moved past, and of the last one
    -- before which all are done.
    asked INTEGER NOT NULL,
    done INTEGER NOT NULL,
    -- 1 from the moment somebody wrote in a place not heard of until all such places are looked up.
    strays INTEGER NOT NULL CHECK (strays IN (0, 1)),
    -- Which channels of which guilds were watched then, and from when on.
    watched TEXT NOT NULL
) STRICT;

INSERT INTO catch_up VALUES (1, 1, 0, 0, '');

-- When a session was last opened, by Discord's rate limit key (shard modulo concurrency): a program
-- that is started again and again must not identify faster than Discord allows.
CREATE TABLE session_start (
    bucket INTEGER PRIMARY KEY,
    started_at INTEGER NOT NULL
) STRICT;
