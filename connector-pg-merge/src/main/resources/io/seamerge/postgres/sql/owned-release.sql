-- Whose row its owner deletes is nobody's: another source may bring it, in this flush already.
WITH released AS (
    DELETE FROM ${owners} AS m
    USING ${stage} AS s
    WHERE s."~operation" = 'D' AND ${m_key_is_s_key} AND m."~source" = s."~source"
    RETURNING ${m_key}, m."~source"
)
INSERT INTO ${won} (${key}, "~source", "~displaced_source")
SELECT ${key}, "~source", "~source"
FROM released
