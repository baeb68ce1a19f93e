-- How often webhooks have told of an issue: whoever looks at it sees that it was told of meanwhile.
ALTER TABLE issue ADD COLUMN heard INTEGER NOT NULL DEFAULT 0;

-- What hangs on an issue is recorded with its ticket from now on. What hung on one before is added, and
-- whether its fix was released; 62 and 63 are those facts' kinds.
INSERT INTO ticket_event (ticket_id, at, id, kind, fact, recorded_at)
SELECT ticket_id, linked_at, issue_id, 62,
    json_object('fact', 'issue_linked', 'issue', issue_id), linked_at
FROM issue_link;

INSERT INTO ticket_event (ticket_id, at, id, kind, fact, recorded_at)
SELECT ticket_id, max(linked_at, known ->> 'updated_at'), issue_id, 63,
    json_object('fact', 'fix_shipped', 'issue', issue_id), max(linked_at, known ->> 'updated_at')
FROM issue_link JOIN issue USING (issue_id)
WHERE known ->> 'released_in' IS NOT NULL;
