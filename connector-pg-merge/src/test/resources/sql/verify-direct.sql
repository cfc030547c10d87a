-- verify-seen
CREATE TEMPORARY TABLE pg_temp."seen_0" AS
SELECT "_source_instance", "id", 0::integer AS "~source", false AS "~present"
FROM "shop"."orders"
WITH NO DATA;

-- verify-seen-key
CREATE UNIQUE INDEX ON pg_temp."seen_0" ("_source_instance", "id", "~source");

-- verify-suspect
CREATE TEMPORARY TABLE pg_temp."suspect_0" AS
SELECT "id", "_source_instance", "total",
       'I'::"char" AS "~operation",
       0::integer AS "~source",
       ''::text AS "~instance",
       0::bigint AS "~looked",
       0::bigint AS "~passed",
       0::bigint AS "~as_of",
       ''::text AS "~xmin",
       ''::text AS "~kind",
       false AS "~moving",
       false AS "~turn",
       false AS "~repaired"
FROM "shop"."orders"
WITH NO DATA;

-- verify-suspect-key
CREATE UNIQUE INDEX ON pg_temp."suspect_0" ("_source_instance", "id", "~source");

-- verify-note
INSERT INTO pg_temp."seen_0" AS n ("_source_instance", "id", "~source", "~present")
SELECT s."_source_instance", s."id", 0, s."~operation" <> 'D'
FROM pg_temp."stage_0" AS s
ON CONFLICT ("_source_instance", "id", "~source") DO UPDATE SET "~present" = EXCLUDED."~present"
WHERE n."~present" <> EXCLUDED."~present";

-- verify-forget
DELETE FROM pg_temp."suspect_0" AS x
USING pg_temp."stage_0" AS s
WHERE x."_source_instance" = s."_source_instance" AND x."id" = s."id" AND x."~source" = 0;

-- verify-look
INSERT INTO pg_temp."suspect_0" ("id", "_source_instance", "total", "~operation", "~source", "~instance", "~looked", "~passed", "~as_of", "~xmin")
SELECT s."id", s."_source_instance", s."total", s."~operation", 0, :instance, p.looked, p.passed, :as_of::bigint, t.xmin::text
FROM pg_temp."stage_0" AS s
CROSS JOIN (
    SELECT max(version_time) AS looked, min(version_time) AS passed
    FROM seamerge.progress
    WHERE pipeline = :pipeline AND instance = :instance
) AS p
LEFT JOIN "shop"."orders" AS t ON t."_source_instance" = s."_source_instance" AND t."id" = s."id"
WHERE CASE
    WHEN s."~operation" = 'W' THEN true
    WHEN s."~operation" IN ('D', 'X') THEN t.ctid IS NOT NULL
    ELSE t.ctid IS NULL OR (SELECT to_jsonb(r) FROM (SELECT s."id", s."_source_instance", s."total") AS r) IS DISTINCT FROM (SELECT to_jsonb(r) FROM (SELECT t."id", t."_source_instance", t."total") AS r)
END;

-- verify-unreadable
INSERT INTO pg_temp."suspect_0" ("_source_instance", "id", "~operation", "~source", "~instance", "~xmin")
SELECT s."_source_instance", s."id", 'W', 0, :instance, t.xmin::text
FROM pg_temp."stage_0" AS s
LEFT JOIN "shop"."orders" AS t ON t."_source_instance" = s."_source_instance" AND t."id" = s."id";

-- verify-analyze
ANALYZE pg_temp."seen_0";

-- verify-extra-direct
INSERT INTO pg_temp."suspect_0" ("_source_instance", "id", "~operation", "~source", "~xmin")
SELECT t."_source_instance", t."id", 'X', 0, t.xmin::text
FROM "shop"."orders" AS t
WHERE age(t.xmin) > age(:horizon::xid)
  AND t.ctid IS NOT NULL
  AND NOT EXISTS (SELECT FROM pg_temp."seen_0" AS n WHERE n."_source_instance" = t."_source_instance" AND n."id" = t."id" AND n."~present")
  AND NOT EXISTS (SELECT FROM pg_temp."suspect_0" AS x WHERE x."_source_instance" = t."_source_instance" AND x."id" = t."id");

-- verify-settled
DELETE FROM pg_temp."suspect_0" AS d
USING (
    SELECT s.ctid AS place
    FROM pg_temp."suspect_0" AS s
    LEFT JOIN "shop"."orders" AS t ON t."_source_instance" = s."_source_instance" AND t."id" = s."id"
    WHERE (CASE
    WHEN s."~operation" = 'W' THEN true
    WHEN s."~operation" IN ('D', 'X') THEN t.ctid IS NOT NULL
    ELSE t.ctid IS NULL OR (SELECT to_jsonb(r) FROM (SELECT s."id", s."_source_instance", s."total") AS r) IS DISTINCT FROM (SELECT to_jsonb(r) FROM (SELECT t."id", t."_source_instance", t."total") AS r)
END) IS NOT TRUE
) AS f
WHERE d.ctid = f.place;

-- verify-look-again
UPDATE pg_temp."suspect_0" AS d
SET "~looked" = p.looked, "~passed" = p.passed, "~xmin" = f.xmin
FROM (
    SELECT s.ctid AS place, t.xmin::text AS xmin
    FROM pg_temp."suspect_0" AS s
    LEFT JOIN "shop"."orders" AS t ON t."_source_instance" = s."_source_instance" AND t."id" = s."id"
    WHERE s."~xmin" IS NULL
      AND s."~passed" < s."~as_of"
) AS f, (
    SELECT instance, max(version_time) AS looked, min(version_time) AS passed
    FROM seamerge.progress
    WHERE pipeline = :pipeline
    GROUP BY instance
) AS p
WHERE d.ctid = f.place
  AND p.instance = d."~instance";

-- verify-count
SELECT count(*)
FROM pg_temp."suspect_0" AS s
LEFT JOIN "shop"."orders" AS t ON t."_source_instance" = s."_source_instance" AND t."id" = s."id"
LEFT JOIN unnest(:instances::text[], :ends::bigint[]) AS e (instance, end_time) ON e.instance = s."~instance"
WHERE NOT (coalesce(s."~looked" > e.end_time, false) OR t.xmin::text IS DISTINCT FROM s."~xmin" OR false AND EXISTS (SELECT FROM seamerge.purged AS g WHERE g.target = :target));

-- verify-classify
UPDATE pg_temp."suspect_0" AS d
SET "~kind" = f.kind, "~moving" = f.moving
FROM (
    SELECT s.ctid AS place,
           CASE
               WHEN t.ctid IS NULL THEN 'missing'
               WHEN s."~operation" IN ('D', 'X') THEN 'extra'
               ELSE 'different'
           END AS kind,
           coalesce(s."~looked" > e.end_time, false) OR t.xmin::text IS DISTINCT FROM s."~xmin"
               OR false AND EXISTS (SELECT FROM seamerge.purged AS g WHERE g.target = :target) AS moving
    FROM pg_temp."suspect_0" AS s
    LEFT JOIN "shop"."orders" AS t ON t."_source_instance" = s."_source_instance" AND t."id" = s."id"
    LEFT JOIN unnest(:instances::text[], :ends::bigint[]) AS e (instance, end_time) ON e.instance = s."~instance"
) AS f
WHERE d.ctid = f.place;

-- verify-summary
INSERT INTO seamerge.verify_summary (run_id, target, rows, missing, extra, different, moving)
SELECT :run, :target,
       (SELECT count(*) FROM pg_temp."seen_0" WHERE "~present"),
       count(*) FILTER (WHERE NOT "~moving" AND "~kind" = 'missing'),
       count(*) FILTER (WHERE NOT "~moving" AND "~kind" = 'extra'),
       count(*) FILTER (WHERE NOT "~moving" AND "~kind" = 'different'),
       count(*) FILTER (WHERE "~moving")
FROM pg_temp."suspect_0";

-- verify-report
WITH chosen AS (
    SELECT s."~kind" AS kind,
           jsonb_build_object('_source_instance', lower(s."_source_instance"::text), 'id', s."id") AS key,
           CASE WHEN s."~source" = 0 THEN s."~instance" ELSE seamerge.source_name(s."~source") END AS source,
           CASE WHEN t.ctid IS NOT NULL THEN (SELECT to_jsonb(r) FROM (SELECT t."id", t."_source_instance", t."total") AS r) END AS found,
           CASE WHEN s."~operation" NOT IN ('D', 'X', 'W', 'N') THEN (SELECT to_jsonb(r) FROM (SELECT s."id", s."_source_instance", s."total") AS r) END AS wanted
    FROM pg_temp."suspect_0" AS s
    LEFT JOIN "shop"."orders" AS t ON t."_source_instance" = s."_source_instance" AND t."id" = s."id"
    WHERE NOT s."~moving"
    ORDER BY s."_source_instance", s."id"
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
) AS d ON c.kind = 'different';

-- verify-turn
UPDATE pg_temp."suspect_0"
SET "~turn" = true
WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM pg_temp."suspect_0" WHERE NOT "~moving" AND "~repaired" IS NOT TRUE AND "~operation" <> 'W' ORDER BY "_source_instance", "id" LIMIT :most));

-- verify-update
UPDATE "shop"."orders" AS t
SET "total" = s."total"
FROM pg_temp."suspect_0" AS s
WHERE s."~turn"
  AND s."~operation" NOT IN ('D', 'X')
  AND t."_source_instance" = s."_source_instance" AND t."id" = s."id"
  AND t.xmin::text = s."~xmin";

-- verify-insert
INSERT INTO "shop"."orders" ("id", "_source_instance", "total")
OVERRIDING SYSTEM VALUE
SELECT s."id", s."_source_instance", s."total"
FROM pg_temp."suspect_0" AS s
WHERE s."~turn" AND s."~operation" NOT IN ('D', 'X')
ORDER BY s."_source_instance", s."id"
ON CONFLICT ("_source_instance", "id") DO NOTHING;

-- verify-delete
DELETE FROM "shop"."orders" AS t
USING pg_temp."suspect_0" AS s
WHERE s."~turn"
  AND s."~operation" IN ('D', 'X')
  AND t."_source_instance" = s."_source_instance" AND t."id" = s."id"
  AND t.xmin::text = s."~xmin";

-- verify-turned
UPDATE pg_temp."suspect_0" SET "~turn" = false, "~repaired" = true WHERE "~turn";

-- verify-repaired
UPDATE seamerge.verify_summary
SET repaired = missing + extra + different - (SELECT count(*) FROM pg_temp."suspect_0" WHERE NOT "~moving")
WHERE run_id = :run AND target = :target;

