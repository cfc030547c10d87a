INSERT INTO ${suspect} (${key}, "~operation", "~source", "~instance", "~xmin")
SELECT ${s_key}, 'W', ${s_source}, :instance, t.xmin::text
FROM ${stage} AS s
LEFT JOIN ${target} AS t ON ${t_key_is_s_key}
