UPDATE catch_up SET asked = 7, done = 7, strays = 0, watched = '[[1,1735689600000,[20]]]';
INSERT INTO session_start VALUES (0, 1735701600000);
