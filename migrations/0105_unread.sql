-- Threads that Discord does not let us read while all others can be read: it answers with an error each
-- time. Everything else counts as heard; these are tried again until they are read or gone.
CREATE TABLE unread_thread (
    -- Perhaps not in `thread`: it may be new.
    thread_id INTEGER PRIMARY KEY,
    -- NULL: not known.
    guild_id INTEGER,
    -- From when on something may be missing; NULL: from its beginning on.
    since INTEGER,
    failing_since INTEGER NOT NULL,
    -- Whether the moderators were told.
    told INTEGER NOT NULL CHECK (told IN (0, 1))
) STRICT;
