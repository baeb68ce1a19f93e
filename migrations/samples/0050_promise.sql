-- A date that waits for its click.

INSERT INTO promise_offer VALUES(1323804131328000005,2,100002,1735689900000,1735900000000,'Ünïcode: the fix',NULL);
