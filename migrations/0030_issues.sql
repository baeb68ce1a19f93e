-- Issues on GitHub, the tickets that hang on them, and drafts on their way there.

-- An issue that a ticket hangs on, as it was last read.
CREATE TABLE issue (
    issue_id INTEGER PRIMARY KEY AUTOINCREMENT,
    -- Where it is now: `owner/name`, and its number there.
    repository TEXT NOT NULL COLLATE NOCASE,
    number INTEGER NOT NULL,
    -- What is known of it.
    known TEXT NOT NULL,
    -- What GitHub gave with the last reading: asked again with it, the answer costs nothing.
    etag TEXT,
    -- When to read it again; NULL when it is gone.
    read_at INTEGER,
    -- When its threads were last counted in a comment.
    counted_at INTEGER,
    UNIQUE (repository, number)
) STRICT;

CREATE INDEX issue_by_reading ON issue (read_at) WHERE read_at IS NOT NULL;

-- Which issue a ticket hangs on: one at most.
CREATE TABLE issue_link (
    ticket_id INTEGER PRIMARY KEY REFERENCES ticket (ticket_id),
    issue_id INTEGER NOT NULL REFERENCES issue (issue_id),
    linked_at INTEGER NOT NULL
) STRICT;

CREATE INDEX issue_link_by_issue ON issue_link (issue_id);

-- An issue as it will be. It holds text from people, so it is deleted as soon as GitHub has it,
-- it is withdrawn, its time is over or its thread is gone. A ticket has one at most, and a new one has
-- another number, so that the buttons of an older preview do nothing.
CREATE TABLE issue_draft (
    draft_id INTEGER PRIMARY KEY AUTOINCREMENT,
    ticket_id INTEGER NOT NULL UNIQUE REFERENCES ticket (ticket_id),
    draft TEXT NOT NULL,
    --   preview ──┬─────────────> ordered ──> (an issue)
    --             └──> asked ───────^
    state TEXT NOT NULL CHECK (state IN ('preview', 'asked', 'ordered')),
    -- 1 once the thread was told that GitHub makes it wait.
    delayed INTEGER NOT NULL DEFAULT 0 CHECK (delayed IN (0, 1)),
    -- When it is forgotten; NULL while it is ordered.
    expires_at INTEGER
) STRICT;

CREATE INDEX issue_draft_by_expiry ON issue_draft (expires_at) WHERE expires_at IS NOT NULL;

-- Webhooks that were taken, so that one that comes again is known. Kept for some days.
CREATE TABLE github_delivery (
    delivery_id TEXT PRIMARY KEY,
    received_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX github_delivery_by_age ON github_delivery (received_at);
