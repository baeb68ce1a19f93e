-- A file that went along with an issue, and one that did not come.

INSERT INTO issue_file VALUES ('00112233445566778899aabbccddeeff', 1, 1200000000000000002, 'a.log', 1, 3);
INSERT INTO issue_file_part VALUES ('00112233445566778899aabbccddeeff', 0, x'616263');
INSERT INTO issue_file VALUES ('ffeeddccbbaa99887766554433221100', 2, 1200000000000000003, 'b.log', 0, NULL);
