-- A snapshot row of the source that has won says that the row is there: the version stays, the deletion does not.
UPDATE ${state} AS m
SET "~deleted" = false
FROM ${stage} AS s
WHERE ${m_key_is_s_key} AND s."~operation" = 'S' AND s."~source" = m."~source" AND m."~deleted"
