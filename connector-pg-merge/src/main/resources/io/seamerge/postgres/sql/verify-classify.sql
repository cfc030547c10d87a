UPDATE ${suspect} AS d
SET "~kind" = f.kind, "~moving" = f.moving
FROM (
    SELECT s.ctid AS place,
           CASE
               WHEN ${lacks} THEN 'missing'
               WHEN s."~operation" IN ('D', 'X') THEN 'extra'
               ELSE 'different'
           END AS kind,
           ${moving}
               -- Another source may have deleted it, which is forgotten.
               OR ${stateless} AND EXISTS (SELECT FROM seamerge.purged AS g WHERE g.target = :target) AS moving
    FROM ${suspect} AS s
    ${state_join}LEFT JOIN ${target} AS t ON ${t_key_is_s_key}
    LEFT JOIN unnest(:instances::text[], :ends::bigint[]) AS e (instance, end_time) ON e.instance = s."~instance"
) AS f
WHERE d.ctid = f.place
