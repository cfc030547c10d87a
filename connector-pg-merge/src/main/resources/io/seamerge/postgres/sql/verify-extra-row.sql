-- What is younger than the run came from a change that this run may not have read. A row whose winner does not have it, though
-- another source does, cannot be judged from here: W.
INSERT INTO ${suspect} (${key}, "~operation", "~source", "~instance", "~xmin")
SELECT ${t_key},
       CASE
           WHEN NOT m."~deleted" AND EXISTS (SELECT FROM ${seen} AS n WHERE ${n_key_is_t_key} AND n."~present") THEN 'W'
           ELSE 'X'
       END,
       coalesce(m."~source", 0), o.instance, t.xmin::text
FROM ${target} AS t
LEFT JOIN ${state} AS m ON ${m_key_is_t_key}
LEFT JOIN seamerge.source AS o ON o.source_id = m."~source"
WHERE age(t.xmin) > age(:horizon::xid)
  AND ${there}
  AND NOT EXISTS (SELECT FROM ${suspect} AS x WHERE ${x_key_is_t_key})
  AND CASE
      WHEN m."~source" IS NULL
      THEN NOT EXISTS (SELECT FROM ${seen} AS n WHERE ${n_key_is_t_key} AND n."~present")
      WHEN m."~deleted"
      THEN true
      ELSE o.pipeline = :pipeline
           AND o.instance = ANY (:instances::text[])
           AND NOT EXISTS (SELECT FROM ${seen} AS n WHERE ${n_key_is_t_key} AND n."~source" = m."~source" AND n."~present")
  END
