-- A file of a message that was said on the issue.

INSERT INTO issue_file VALUES ('0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f', 1, 1200000000000000002, 'c.log', 0, 3, 1200000000000000009);

-- An asker who is to be asked whether an issue may be opened.
INSERT INTO outbox VALUES(40,1,2,'remark','thread:2','{"kind":"remark","ticket":2,"remark":{"remark":"issue","issue":"may_i","draft_id":1,"draft":{"repository":"acme/widgets","title":"How do I …?","body":"Ünïcode","labels":[],"similar":[],"redacted":0,"unseen":0,"by":100002,"mark":"00"}}}','pending',NULL,0,0,1735701600000,1735701600000,NULL,NULL,NULL);
