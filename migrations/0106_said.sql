-- What was said and is no alert is forgotten after a while.
CREATE INDEX outbox_said ON outbox (finished_at)
    WHERE kind <> 'alert' AND state IN ('delivered', 'dropped');
