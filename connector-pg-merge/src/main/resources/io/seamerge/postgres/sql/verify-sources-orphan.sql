-- Of keys that no source has ever written.
DELETE FROM ${table} AS t
USING ${suspect} AS s
WHERE s."~turn"
  AND s."~operation" = 'N'
  AND ${t_only_key_is_s_key}
  AND NOT EXISTS (SELECT FROM ${target} AS e WHERE ${e_key_is_s_key})
