-- A comment that was told in a thread, and a message that was said on the issue.

UPDATE issue SET comments_at = 1735700000000 WHERE issue_id = 1;
INSERT INTO issue_comment VALUES (77, 1, 123456789, 0);
INSERT INTO issue_comment_told VALUES (77, 1, 1200000000000000001);
INSERT INTO issue_reply VALUES (1200000000000000002, 1, 'acme/widgets', 78);
