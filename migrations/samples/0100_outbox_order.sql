-- A parcel is under way again.
UPDATE outbox SET state = 'leased', parcel_id = outbox_id WHERE outbox_id = (
    SELECT min(outbox_id) FROM outbox WHERE state = 'pending'
);
