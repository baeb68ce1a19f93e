-- However much waits to be said: what is under way is found by its parcel, and what comes next by its
-- age, without looking at all the rest.
CREATE INDEX outbox_leased ON outbox (parcel_id) WHERE state = 'leased';
CREATE INDEX outbox_open_by_age ON outbox (outbox_id) WHERE state IN ('pending', 'leased');
