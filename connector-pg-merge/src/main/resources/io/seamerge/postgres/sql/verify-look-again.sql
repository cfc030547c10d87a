-- A row that the pipeline had not come to may have come and gone since: what counts is whether it is there as soon as the
-- pipeline has passed what the run has read.
UPDATE ${suspect} AS d
SET "~looked" = p.looked, "~passed" = p.passed, "~xmin" = f.xmin
FROM (
    SELECT s.ctid AS place, t.xmin::text AS xmin
    FROM ${suspect} AS s
    LEFT JOIN ${target} AS t ON ${t_key_is_s_key}
    WHERE s."~xmin" IS NULL
      AND s."~passed" < s."~as_of"
) AS f, (
    SELECT instance, max(version_time) AS looked, min(version_time) AS passed
    FROM seamerge.progress
    WHERE pipeline = :pipeline
    GROUP BY instance
) AS p
WHERE d.ctid = f.place
  AND p.instance = d."~instance"
