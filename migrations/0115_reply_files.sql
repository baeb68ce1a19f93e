-- Files of messages that are said on an issue go along with them, and one that is taken off its message is
-- deleted here.

-- Discord's number of the file; NULL: it was kept before this was written down.
ALTER TABLE issue_file ADD COLUMN attachment_id INTEGER;
