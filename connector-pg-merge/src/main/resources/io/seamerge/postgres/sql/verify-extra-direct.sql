-- What is younger than the run came from a change that this run may not have read.
INSERT INTO ${suspect} (${key}, "~operation", "~source", "~xmin")
SELECT ${t_key}, 'X', 0, t.xmin::text
FROM ${target} AS t
WHERE age(t.xmin) > age(:horizon::xid)
  AND ${there}
  AND NOT EXISTS (SELECT FROM ${seen} AS n WHERE ${n_key_is_t_key} AND n."~present")
  AND NOT EXISTS (SELECT FROM ${suspect} AS x WHERE ${x_key_is_t_key})
