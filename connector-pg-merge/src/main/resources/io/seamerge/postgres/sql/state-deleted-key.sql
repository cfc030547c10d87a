CREATE INDEX ON ${state} ("~deleted_time") WHERE "~deleted_time" IS NOT NULL
