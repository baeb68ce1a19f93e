-- When it was decided how long a row waits, by the clock as it stood then: a clock that shows less
-- than this was set back, and the row waits from then on as long as it was to wait from here.
ALTER TABLE outbox ADD COLUMN waits_since INTEGER NOT NULL DEFAULT 0;
UPDATE outbox SET waits_since = min(ordered_at, not_before);
CREATE INDEX outbox_waiting ON outbox (waits_since) WHERE state IN ('pending', 'leased');
