-- Dates that staff are about to promise: each is shown to them first, and given with their click.
-- Rows that waited longer than a day are deleted with the next one.
CREATE TABLE promise_offer (
    -- The interaction of the command.
    offer_id INTEGER PRIMARY KEY,
    ticket_id INTEGER NOT NULL REFERENCES ticket (ticket_id),
    offered_to INTEGER NOT NULL,
    offered_at INTEGER NOT NULL,
    -- The date.
    until_at INTEGER NOT NULL,
    -- What is promised: text from people.
    note TEXT NOT NULL,
    -- The promise that ran then, by the snowflake of its click, and whose place this one takes;
    -- NULL when none did. When another runs by now, the click counts for nothing.
    instead_of INTEGER
) STRICT;

CREATE INDEX promise_offer_by_ticket ON promise_offer (ticket_id);
