-- An issue that a webhook told of since it was last read.

UPDATE issue SET heard = 3 WHERE issue_id = 1;
