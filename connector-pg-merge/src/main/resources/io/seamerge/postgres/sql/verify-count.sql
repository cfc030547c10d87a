-- What was written since the run had read its source will not settle: no use in waiting for it.
SELECT count(*)
FROM ${suspect} AS s
${state_join}LEFT JOIN ${target} AS t ON ${t_key_is_s_key}
LEFT JOIN unnest(:instances::text[], :ends::bigint[]) AS e (instance, end_time) ON e.instance = s."~instance"
WHERE NOT (${moving} OR ${stateless} AND EXISTS (SELECT FROM seamerge.purged AS g WHERE g.target = :target))
