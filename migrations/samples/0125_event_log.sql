-- Each event comes once more.
INSERT INTO ticket_event (ticket_id, at, id, kind, fact, recorded_at)
SELECT ticket_id, at, id, kind, fact, recorded_at + 1 FROM ticket_event WHERE TRUE
ON CONFLICT DO NOTHING;
