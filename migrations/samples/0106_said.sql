-- A notice was said.
UPDATE outbox SET state = 'delivered', finished_at = ordered_at + 1000
WHERE kind = 'notice' AND state = 'pending';
