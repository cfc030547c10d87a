-- What was committed before is older than this; the text of an xid, since only that can be bound.
SELECT pg_snapshot_xmin(pg_current_snapshot())::xid::text
