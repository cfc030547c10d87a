-- What was let in without having been staged before.
INSERT INTO ${won} (${key}, "~source")
SELECT ${s_key}, s."~source"
FROM ${stage} AS s
