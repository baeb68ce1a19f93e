-- A ticket that hangs on an issue whose fix was released, and a draft that waits for its asker.

INSERT INTO issue VALUES(1,'acme/widgets',12,'{"name":{"repository":"acme/widgets","number":12},"title":"It turns left","url":"https://github.com/acme/widgets/issues/12","state":{"state":"closed","reason":"completed","at":1735700000000},"labels":["bug"],"fixed_by":{"repository":"acme/widgets","number":13},"released_in":"v1.4","updated_at":1735700000000}','W/"1"',1735701600000,NULL);
INSERT INTO issue_link VALUES(1,1,1735699000000);
INSERT INTO issue_draft VALUES(1,2,'{"repository":"acme/widgets","title":"How do I …?","body":"Ünïcode","labels":[],"similar":[],"redacted":0,"unseen":0,"by":100002,"mark":"00"}','asked',0,1735900000000);
INSERT INTO github_delivery VALUES('72d3162e-cc78-11e3-81ab-4c9367dc0958',1735701000000);
