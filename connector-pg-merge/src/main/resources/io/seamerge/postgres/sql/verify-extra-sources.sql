-- What a source's state has, though the source was read without it.
INSERT INTO ${suspect} (${key}, "~operation", "~source", "~instance", "~xmin")
SELECT ${t_key}, 'X', t."~source", o.instance, t.xmin::text
FROM ${target} AS t
JOIN seamerge.source AS o ON o.source_id = t."~source"
WHERE age(t.xmin) > age(:horizon::xid)
  AND ${there}
  AND o.pipeline = :pipeline
  AND o.instance = ANY (:instances::text[])
  AND NOT EXISTS (SELECT FROM ${suspect} AS x WHERE ${x_key_is_t_key} AND x."~source" = t."~source")
  AND NOT EXISTS (SELECT FROM ${seen} AS n WHERE ${n_key_is_t_key} AND n."~source" = t."~source" AND n."~present")
