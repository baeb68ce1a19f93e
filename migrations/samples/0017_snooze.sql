-- Somebody said that production is down.

INSERT INTO down_call VALUES(1323804131328000003,1,100001,1735689900000);
