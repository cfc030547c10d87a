INSERT INTO ${target} AS t (${columns})${overriding}
SELECT ${s_columns}
FROM ${stage} AS s
JOIN ${state} AS m ON ${m_key_is_s_key}
WHERE s."~operation" <> 'D'
  AND m."~source" = s."~source"
  AND (s."~operation" = 'S'
       OR (m."~incarnation", m."~time", m."~row") = (s."~incarnation", s."~time", s."~row"))
ORDER BY ${s_key}
ON CONFLICT (${key}) ${on_conflict}
