-- With how far the pipeline had come at that moment: what it had applied beyond the end of this run was not compared with
-- what it came from.
INSERT INTO ${suspect} (${columns}, "~operation", "~source", "~instance", "~looked", "~xmin")
SELECT ${s_columns}, s."~operation", ${s_source}, :instance,
       (SELECT max(p.version_time) FROM seamerge.progress AS p WHERE p.pipeline = :pipeline AND p.instance = :instance),
       t.xmin::text
FROM ${stage} AS s
${state_join}LEFT JOIN ${target} AS t ON ${t_key_is_s_key}
WHERE ${wrong}
