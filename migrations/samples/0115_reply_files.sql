-- A file of a message that was said on the issue.

INSERT INTO issue_file VALUES ('0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f', 1, 1200000000000000002, 'c.log', 0, 3, 1200000000000000009);
