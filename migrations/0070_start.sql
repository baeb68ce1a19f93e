-- What a start found out about Discord, so that one that goes on a moment later asks nothing again.
-- One row; NULL: not known.
CREATE TABLE start (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    -- A hash of what was compared with Discord and fits: settings, bot, API, version of the program.
    fits TEXT,
    -- What Discord said about its gateway, as JSON.
    gateway TEXT,
    -- A hash of the commands that every guild has taken.
    commands TEXT
) STRICT;

INSERT INTO start (only) VALUES (1);
