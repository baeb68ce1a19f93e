-- What is said on an issue and told in its threads, and the other way round.

-- Up to when the comments of an issue were read, by GitHub's clock; NULL until it was read once.
ALTER TABLE issue ADD COLUMN comments_at INTEGER;

-- Comments that were told. Their text is not kept: a digest shows whether it was changed.
CREATE TABLE issue_comment (
    -- GitHub's number.
    comment_id INTEGER PRIMARY KEY,
    issue_id INTEGER NOT NULL,
    digest INTEGER NOT NULL,
    -- 1 once it was deleted on GitHub, until it is deleted in the threads.
    gone INTEGER NOT NULL DEFAULT 0 CHECK (gone IN (0, 1))
) STRICT;

CREATE INDEX issue_comment_by_issue ON issue_comment (issue_id);

-- Where a comment was told: edited and deleted with it.
CREATE TABLE issue_comment_told (
    comment_id INTEGER NOT NULL REFERENCES issue_comment (comment_id) ON DELETE CASCADE,
    ticket_id INTEGER NOT NULL REFERENCES ticket (ticket_id),
    -- The message; NULL while it is on its way.
    message_id INTEGER,
    PRIMARY KEY (comment_id, ticket_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX issue_comment_told_by_ticket ON issue_comment_told (ticket_id);

-- Messages of threads that were, or are to be, said on the issue.
CREATE TABLE issue_reply (
    message_id INTEGER PRIMARY KEY,
    ticket_id INTEGER NOT NULL REFERENCES ticket (ticket_id),
    -- Where it was said, to be deleted with the message.
    repository TEXT,
    comment_id INTEGER
) STRICT;

CREATE INDEX issue_reply_by_ticket ON issue_reply (ticket_id);
