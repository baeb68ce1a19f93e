-- Messages that were said on an issue are said anew there when they are edited.

-- When the message was last edited, by Discord's clock, as far as its comment was ordered to follow; NULL:
-- as it was first said.
ALTER TABLE issue_reply ADD COLUMN edited_at INTEGER;

-- What nobody can guess in its comment, by which that is found again; NULL: the message's number, as before.
-- Whoever can guess it can put it into a comment of their own, and have that taken for ours.
ALTER TABLE issue_reply ADD COLUMN mark TEXT;
