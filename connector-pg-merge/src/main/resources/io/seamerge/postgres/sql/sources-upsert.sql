INSERT INTO ${target} AS t (${columns})${overriding}
SELECT ${s_columns}
FROM ${won} AS s
WHERE s."~changed" AND ${stays}
ORDER BY ${s_key}
ON CONFLICT (${key}) ${on_conflict}
