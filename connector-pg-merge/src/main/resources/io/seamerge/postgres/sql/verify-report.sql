WITH chosen AS (
    SELECT s."~kind" AS kind,
           ${s_key_object} AS key,
           CASE WHEN s."~source" = 0 THEN s."~instance" ELSE seamerge.source_name(s."~source") END AS source,
           ${found} AS found,
           CASE WHEN s."~operation" NOT IN ('D', 'X', 'W', 'N') THEN ${s_image} END AS wanted
    FROM ${suspect} AS s
    LEFT JOIN ${target} AS t ON ${t_key_is_s_key}
    WHERE NOT s."~moving"
    ORDER BY ${s_key}
    LIMIT :most
)
INSERT INTO seamerge.verify (run_id, target, key, kind, source, "column", found, wanted)
SELECT :run, :target, c.key, c.kind, c.source, d.name, coalesce(d.found, c.found), coalesce(d.wanted, c.wanted)
FROM chosen AS c
LEFT JOIN LATERAL (
    SELECT w.key AS name, f.value AS found, w.value AS wanted
    FROM jsonb_each(c.wanted) AS w
    JOIN jsonb_each(c.found) AS f USING (key)
    WHERE f.value IS DISTINCT FROM w.value
) AS d ON c.kind = 'different'
