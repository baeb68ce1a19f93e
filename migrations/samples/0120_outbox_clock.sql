-- A parcel that was ordered and has failed while the clock was a day ahead.
UPDATE outbox SET ordered_at = ordered_at + 86400000, not_before = not_before + 86401000,
    waits_since = waits_since + 86400000
WHERE outbox_id = (SELECT max(outbox_id) FROM outbox WHERE state = 'pending');
