-- Somebody covers three days, and an alert that pinged one person instead of another.

INSERT INTO rota_cover VALUES(1323804131328000001,1,'on_call',100002,'2025-01-01','2025-01-03',100002);
INSERT INTO outbox VALUES(12,1,2,'alert','moderators:1','{"kind":"alert","ticket":2,"alert":{"clock":"first_response","cycle":1323803628011520000,"trigger":"at_risk","due_at":1735704180000},"audience":"moderators","ping":{"people":[100002],"passed_over":[{"whom":{"person":100003},"why":"quiet"}]}}','delivered',12,1,0,1735701600000,1735701600000,1735701601000,1323804131328000002,NULL);
