-- The commit need not reach the disk before its answer: what is committed behind it, over whatever connection, cannot reach
-- it without.
SET LOCAL synchronous_commit = off
