INSERT INTO ${target} AS t (${columns})${overriding}
SELECT ${s_columns}
FROM ${stage} AS s
WHERE ${stays}
ORDER BY ${s_key}
ON CONFLICT (${key}) ${on_conflict}
