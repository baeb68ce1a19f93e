-- Rows as schema 20 held them: a guild whose settings were changed once on Discord, with a change
-- that waits for its click; one channel was added and is still to be read.

INSERT INTO setting_version VALUES(1,1,1735689660000,NULL,'[guild]');
INSERT INTO setting_version VALUES(1,2,1735693260000,100002,'[guild]');
INSERT INTO setting_proposal VALUES(1,1,2,100002,1735693270000,'[guild]');
INSERT INTO watched_channel VALUES(1,20,1735689660000,1);
INSERT INTO watched_channel VALUES(1,21,1735693260000,0);
