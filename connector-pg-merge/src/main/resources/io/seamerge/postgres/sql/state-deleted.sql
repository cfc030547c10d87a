CREATE INDEX ON ${state} ("~merged_time") WHERE "~deleted"
