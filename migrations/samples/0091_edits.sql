-- A message that was said on the issue, and edited since.

UPDATE issue_reply SET edited_at = 1735700000000 WHERE message_id = 1200000000000000002;
