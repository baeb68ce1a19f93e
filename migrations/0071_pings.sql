-- How often people were pinged within the last hour is counted from the alerts that pinged somebody,
-- not from all: when thousands fall due within an hour, most of them ping nobody in person.
DROP INDEX outbox_alert_by_time;
CREATE INDEX outbox_ping_by_time ON outbox (guild_id, ordered_at)
WHERE kind = 'alert' AND content ->> '$.ping.people[0]' IS NOT NULL;
