-- But for those rows that are still to go.
DELETE FROM ${owners} AS m
USING ${kept} AS k
WHERE k."~number" <> ALL (:refused::bigint[]) AND ${k_key_is_m_key}
