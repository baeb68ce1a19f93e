-- Tickets are folded anew when what is folded has changed: a projection made by an older program
-- lacks what a newer one looks for.

-- One row: which fold made the rows of `ticket`. No row: the first, or none yet.
CREATE TABLE projection (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    fold INTEGER NOT NULL
) STRICT;
