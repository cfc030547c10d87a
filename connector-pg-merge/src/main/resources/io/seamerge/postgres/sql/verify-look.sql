-- With how far the pipeline had come at that moment: what it had applied beyond the end of this run was not compared with
-- what it came from. A row that is not there is missing only if all that had made it was applied: then as_of is passed.
INSERT INTO ${suspect} (${columns}, "~operation", "~source", "~instance", "~looked", "~passed", "~as_of", "~xmin")
SELECT ${s_columns}, s."~operation", ${s_source}, :instance, p.looked, p.passed, :as_of::bigint, t.xmin::text
FROM ${stage} AS s
CROSS JOIN (
    SELECT max(version_time) AS looked, min(version_time) AS passed
    FROM seamerge.progress
    WHERE pipeline = :pipeline AND instance = :instance
) AS p
${state_join}LEFT JOIN ${target} AS t ON ${t_key_is_s_key}
WHERE ${wrong}
