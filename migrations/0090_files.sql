-- Files that hung on messages of a thread and went along with its issue: shown on our own page, because
-- Discord's addresses expire.

CREATE TABLE issue_file (
    -- What nobody can guess in its address.
    key TEXT PRIMARY KEY,
    ticket_id INTEGER NOT NULL REFERENCES ticket (ticket_id),
    -- The message it hung on; it is deleted with it.
    message_id INTEGER NOT NULL,
    -- Text from people.
    name TEXT NOT NULL,
    -- How many secrets were taken out of it.
    secrets INTEGER NOT NULL,
    -- How large it is; NULL when it did not come, until the issue that names it is there.
    bytes INTEGER
) STRICT;

CREATE INDEX issue_file_by_ticket ON issue_file (ticket_id);
CREATE INDEX issue_file_by_message ON issue_file (message_id);

-- What is in them, in portions, so that nobody has to hold a whole one.
CREATE TABLE issue_file_part (
    key TEXT NOT NULL REFERENCES issue_file (key) ON DELETE CASCADE,
    part INTEGER NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (key, part)
) STRICT;
