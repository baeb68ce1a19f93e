-- The rows of the first schema were made by the first fold, which left no row here: a test opens
-- them, and they are folded anew.

SELECT 1;
