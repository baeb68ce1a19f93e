-- Until when a ticket is out of the queue: a copy out of its state, to ask by. NULL when it is in the
-- queue; the largest number when it is out of it until somebody writes.
ALTER TABLE ticket ADD COLUMN snoozed_until INTEGER;

-- When askers said that production is down: each may a few times a day. Rows of the days before are
-- deleted with the next one.
CREATE TABLE down_call (
    interaction_id INTEGER PRIMARY KEY,
    guild_id INTEGER NOT NULL,
    person_id INTEGER NOT NULL,
    called_at INTEGER NOT NULL
) STRICT;
