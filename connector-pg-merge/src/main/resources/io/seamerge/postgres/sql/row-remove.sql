-- What has no state has no row.
DELETE FROM ${target} AS t
USING ${won} AS s
WHERE ${t_key_is_s_key} AND s."~displaced_source" IS NOT NULL
