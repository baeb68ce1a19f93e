-- The alert that pinged somebody was ordered a moment later.
UPDATE outbox SET ordered_at = ordered_at + 1 WHERE kind = 'alert' AND outbox_id = 12;
