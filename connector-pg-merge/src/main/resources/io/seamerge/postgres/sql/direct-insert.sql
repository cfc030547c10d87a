-- What the update has not found.
INSERT INTO ${target} AS t (${columns})${overriding}
SELECT ${s_columns}
FROM ${stage} AS s
WHERE ${stays}
  AND NOT EXISTS (SELECT FROM ${target} AS t WHERE ${t_key_is_s_key})
ORDER BY ${s_key}
ON CONFLICT (${key}) ${on_conflict}
