DELETE FROM ${target} AS t
USING ${won} AS s
WHERE s."~changed" AND s."~absent" AND ${t_key_is_s_key}
