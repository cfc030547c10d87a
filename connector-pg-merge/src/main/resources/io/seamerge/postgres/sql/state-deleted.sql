-- A column of its own, null while the row is there: an index over the version's time itself would make every change of a
-- version write all indexes (PostgreSQL's HOT updates need the indexed values to stay).
ALTER TABLE ${state} ADD COLUMN "~deleted_time" bigint GENERATED ALWAYS AS (CASE WHEN "~deleted" THEN "~merged_time" END) STORED
