-- A remark that waits to be said in the thread of ticket 2.

INSERT INTO outbox VALUES(11,1,2,'remark','thread:2','{"kind":"remark","ticket":2,"remark":{"remark":"claim_lapsed","by":100002}}','pending',NULL,0,0,1735701600000,1735701600000,NULL,NULL,NULL);
