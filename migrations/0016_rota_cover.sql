-- Who takes over days of duty of a rota of the settings. Later covers of a day win.
CREATE TABLE rota_cover (
    -- The interaction that asked for it, which makes it the same cover when it comes twice.
    interaction_id INTEGER PRIMARY KEY,
    guild_id INTEGER NOT NULL,
    -- The rota's name in the settings.
    rota TEXT NOT NULL,
    person_id INTEGER NOT NULL,
    -- Local dates, the last one included: 2026-12-24.
    first_on TEXT NOT NULL,
    last_on TEXT NOT NULL CHECK (last_on >= first_on),
    added_by INTEGER NOT NULL
) STRICT;

CREATE INDEX rota_cover_by_guild ON rota_cover (guild_id, last_on);

-- How often people were pinged within the last hour is counted from the alerts that were ordered.
CREATE INDEX outbox_alert_by_time ON outbox (guild_id, ordered_at) WHERE kind = 'alert';
