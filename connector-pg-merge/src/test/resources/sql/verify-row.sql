-- verify-seen
CREATE TEMPORARY TABLE pg_temp."seen_2" AS
SELECT "id", 0::integer AS "~source", false AS "~present"
FROM "shop"."customers"
WITH NO DATA;

-- verify-seen-key
CREATE UNIQUE INDEX ON pg_temp."seen_2" ("id", "~source");

-- verify-suspect
CREATE TEMPORARY TABLE pg_temp."suspect_2" AS
SELECT "id", "na""me",
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
FROM "shop"."customers"
WITH NO DATA;

-- verify-suspect-key
CREATE UNIQUE INDEX ON pg_temp."suspect_2" ("id", "~source");

-- verify-note
INSERT INTO pg_temp."seen_2" AS n ("id", "~source", "~present")
SELECT s."id", s."~source", s."~operation" <> 'D'
FROM pg_temp."stage_2" AS s
ON CONFLICT ("id", "~source") DO UPDATE SET "~present" = EXCLUDED."~present"
WHERE n."~present" <> EXCLUDED."~present";

-- verify-forget
DELETE FROM pg_temp."suspect_2" AS x
USING pg_temp."stage_2" AS s
WHERE x."id" = s."id" AND x."~source" = s."~source";

-- verify-look
INSERT INTO pg_temp."suspect_2" ("id", "na""me", "~operation", "~source", "~instance", "~looked", "~passed", "~as_of", "~xmin")
SELECT s."id", s."na""me", s."~operation", s."~source", :instance, p.looked, p.passed, :as_of::bigint, t.xmin::text
FROM pg_temp."stage_2" AS s
CROSS JOIN (
    SELECT max(version_time) AS looked, min(version_time) AS passed
    FROM seamerge.progress
    WHERE pipeline = :pipeline AND instance = :instance
) AS p
LEFT JOIN "seamerge"."state:shop.customers" AS m ON m."id" = s."id"
LEFT JOIN "shop"."customers" AS t ON t."id" = s."id"
WHERE CASE
    WHEN s."~operation" = 'X' THEN t.ctid IS NOT NULL AND t."gone_at" IS NULL
    WHEN m."~source" IS NULL THEN s."~operation" <> 'D'
    WHEN m."~source" <> s."~source" THEN false
    WHEN s."~operation" = 'W' THEN NOT m."~deleted"
    WHEN m."~deleted" THEN s."~operation" <> 'D' OR t.ctid IS NOT NULL AND t."gone_at" IS NULL
    WHEN s."~operation" = 'D' THEN t.ctid IS NOT NULL AND t."gone_at" IS NULL
    ELSE t.ctid IS NULL OR (SELECT to_jsonb(r) FROM (SELECT s."id", s."na""me") AS r) IS DISTINCT FROM (SELECT to_jsonb(r) FROM (SELECT t."id", t."na""me") AS r)
END;

-- verify-unreadable
INSERT INTO pg_temp."suspect_2" ("id", "~operation", "~source", "~instance", "~xmin")
SELECT s."id", 'W', s."~source", :instance, t.xmin::text
FROM pg_temp."stage_2" AS s
LEFT JOIN "shop"."customers" AS t ON t."id" = s."id";

-- verify-analyze
ANALYZE pg_temp."seen_2";

-- verify-extra-row
INSERT INTO pg_temp."suspect_2" ("id", "~operation", "~source", "~instance", "~xmin")
SELECT t."id",
       CASE
           WHEN NOT m."~deleted" AND EXISTS (SELECT FROM pg_temp."seen_2" AS n WHERE n."id" = t."id" AND n."~present") THEN 'W'
           ELSE 'X'
       END,
       coalesce(m."~source", 0), o.instance, t.xmin::text
FROM "shop"."customers" AS t
LEFT JOIN "seamerge"."state:shop.customers" AS m ON m."id" = t."id"
LEFT JOIN seamerge.source AS o ON o.source_id = m."~source"
WHERE age(t.xmin) > age(:horizon::xid)
  AND t.ctid IS NOT NULL AND t."gone_at" IS NULL
  AND NOT EXISTS (SELECT FROM pg_temp."suspect_2" AS x WHERE x."id" = t."id")
  AND CASE
      WHEN m."~source" IS NULL
      THEN NOT EXISTS (SELECT FROM pg_temp."seen_2" AS n WHERE n."id" = t."id" AND n."~present")
      WHEN m."~deleted"
      THEN true
      ELSE o.pipeline = :pipeline
           AND o.instance = ANY (:instances::text[])
           AND NOT EXISTS (SELECT FROM pg_temp."seen_2" AS n WHERE n."id" = t."id" AND n."~source" = m."~source" AND n."~present")
  END;

-- verify-settled
DELETE FROM pg_temp."suspect_2" AS d
USING (
    SELECT s.ctid AS place
    FROM pg_temp."suspect_2" AS s
    LEFT JOIN "seamerge"."state:shop.customers" AS m ON m."id" = s."id"
LEFT JOIN "shop"."customers" AS t ON t."id" = s."id"
    WHERE (CASE
    WHEN s."~operation" = 'X' THEN t.ctid IS NOT NULL AND t."gone_at" IS NULL
    WHEN m."~source" IS NULL THEN s."~operation" <> 'D'
    WHEN m."~source" <> s."~source" THEN false
    WHEN s."~operation" = 'W' THEN NOT m."~deleted"
    WHEN m."~deleted" THEN s."~operation" <> 'D' OR t.ctid IS NOT NULL AND t."gone_at" IS NULL
    WHEN s."~operation" = 'D' THEN t.ctid IS NOT NULL AND t."gone_at" IS NULL
    ELSE t.ctid IS NULL OR (SELECT to_jsonb(r) FROM (SELECT s."id", s."na""me") AS r) IS DISTINCT FROM (SELECT to_jsonb(r) FROM (SELECT t."id", t."na""me") AS r)
END) IS NOT TRUE
) AS f
WHERE d.ctid = f.place;

-- verify-look-again
UPDATE pg_temp."suspect_2" AS d
SET "~looked" = p.looked, "~passed" = p.passed, "~xmin" = f.xmin
FROM (
    SELECT s.ctid AS place, t.xmin::text AS xmin
    FROM pg_temp."suspect_2" AS s
    LEFT JOIN "shop"."customers" AS t ON t."id" = s."id"
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
FROM pg_temp."suspect_2" AS s
LEFT JOIN "seamerge"."state:shop.customers" AS m ON m."id" = s."id"
LEFT JOIN "shop"."customers" AS t ON t."id" = s."id"
LEFT JOIN unnest(:instances::text[], :ends::bigint[]) AS e (instance, end_time) ON e.instance = s."~instance"
WHERE NOT (coalesce(s."~looked" > e.end_time, false) OR t.xmin::text IS DISTINCT FROM s."~xmin" OR coalesce(m."~time" > e.end_time, false) OR t.ctid IS NULL AND m."~source" IS NULL AND EXISTS (SELECT FROM seamerge.purged AS g WHERE g.target = :target));

-- verify-classify
UPDATE pg_temp."suspect_2" AS d
SET "~kind" = f.kind, "~moving" = f.moving
FROM (
    SELECT s.ctid AS place,
           CASE
               WHEN t.ctid IS NULL THEN 'missing'
               WHEN s."~operation" IN ('D', 'X') THEN 'extra'
               ELSE 'different'
           END AS kind,
           coalesce(s."~looked" > e.end_time, false) OR t.xmin::text IS DISTINCT FROM s."~xmin" OR coalesce(m."~time" > e.end_time, false)
               OR t.ctid IS NULL AND m."~source" IS NULL AND EXISTS (SELECT FROM seamerge.purged AS g WHERE g.target = :target) AS moving
    FROM pg_temp."suspect_2" AS s
    LEFT JOIN "seamerge"."state:shop.customers" AS m ON m."id" = s."id"
LEFT JOIN "shop"."customers" AS t ON t."id" = s."id"
    LEFT JOIN unnest(:instances::text[], :ends::bigint[]) AS e (instance, end_time) ON e.instance = s."~instance"
) AS f
WHERE d.ctid = f.place;

-- verify-summary
INSERT INTO seamerge.verify_summary (run_id, target, rows, missing, extra, different, moving)
SELECT :run, :target,
       (SELECT count(*) FROM pg_temp."seen_2" WHERE "~present"),
       count(*) FILTER (WHERE NOT "~moving" AND "~kind" = 'missing'),
       count(*) FILTER (WHERE NOT "~moving" AND "~kind" = 'extra'),
       count(*) FILTER (WHERE NOT "~moving" AND "~kind" = 'different'),
       count(*) FILTER (WHERE "~moving")
FROM pg_temp."suspect_2";

-- verify-report
WITH chosen AS (
    SELECT s."~kind" AS kind,
           jsonb_build_object('id', s."id") AS key,
           CASE WHEN s."~source" = 0 THEN s."~instance" ELSE seamerge.source_name(s."~source") END AS source,
           CASE WHEN t.ctid IS NOT NULL THEN (SELECT to_jsonb(r) FROM (SELECT t."id", t."na""me") AS r) END AS found,
           CASE WHEN s."~operation" NOT IN ('D', 'X', 'W', 'N') THEN (SELECT to_jsonb(r) FROM (SELECT s."id", s."na""me") AS r) END AS wanted
    FROM pg_temp."suspect_2" AS s
    LEFT JOIN "shop"."customers" AS t ON t."id" = s."id"
    WHERE NOT s."~moving"
    ORDER BY s."id"
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
UPDATE pg_temp."suspect_2"
SET "~turn" = true
WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM pg_temp."suspect_2" WHERE NOT "~moving" AND "~repaired" IS NOT TRUE AND "~operation" <> 'W' ORDER BY "id" LIMIT :most));

-- verify-lock-row
SELECT count(*)
FROM (
    SELECT
    FROM "seamerge"."state:shop.customers" AS m
    JOIN pg_temp."suspect_2" AS s ON m."id" = s."id"
    WHERE s."~turn"
    ORDER BY m."id"
    FOR UPDATE OF m
) AS locked;

-- verify-state-row
INSERT INTO "seamerge"."state:shop.customers" ("id", "~merged_time", "~source", "~incarnation", "~time", "~row", "~deleted")
SELECT DISTINCT ON (s."id") s."id", 0, s."~source", 0, 0, 0, false
FROM pg_temp."suspect_2" AS s
WHERE s."~turn" AND s."~operation" NOT IN ('D', 'X')
ORDER BY s."id", array_position(:ranks::integer[], s."~source")
ON CONFLICT ("id") DO NOTHING;

-- verify-present-row
UPDATE "seamerge"."state:shop.customers" AS m
SET "~deleted" = s."~operation" IN ('D', 'X')
FROM pg_temp."suspect_2" AS s
LEFT JOIN "shop"."customers" AS t ON t."id" = s."id"
WHERE s."~turn"
  AND m."id" = s."id"
  AND m."~deleted" <> (s."~operation" IN ('D', 'X'))
  AND (s."~operation" = 'X' OR m."~source" = s."~source")
  AND t.xmin::text IS NOT DISTINCT FROM s."~xmin";

-- verify-update
UPDATE "shop"."customers" AS t
SET "na""me" = s."na""me"
FROM pg_temp."suspect_2" AS s
JOIN "seamerge"."state:shop.customers" AS m ON m."id" = s."id"
WHERE s."~turn"
  AND s."~operation" NOT IN ('D', 'X')
  AND t."id" = s."id"
  AND t.xmin::text = s."~xmin"
  AND m."~source" = s."~source" AND NOT m."~deleted";

-- verify-insert
INSERT INTO "shop"."customers" ("id", "na""me")
SELECT s."id", s."na""me"
FROM pg_temp."suspect_2" AS s
JOIN "seamerge"."state:shop.customers" AS m ON m."id" = s."id"
WHERE s."~turn" AND s."~operation" NOT IN ('D', 'X')
  AND m."~source" = s."~source" AND NOT m."~deleted"
ORDER BY s."id"
ON CONFLICT ("id") DO NOTHING;

-- verify-mark
UPDATE "shop"."customers" AS t
SET "gone_at" = now()
FROM pg_temp."suspect_2" AS s
WHERE s."~turn"
  AND s."~operation" IN ('D', 'X')
  AND t."id" = s."id"
  AND t.xmin::text = s."~xmin";

-- verify-turned
UPDATE pg_temp."suspect_2" SET "~turn" = false, "~repaired" = true WHERE "~turn";

-- verify-repaired
UPDATE seamerge.verify_summary
SET repaired = missing + extra + different - (SELECT count(*) FROM pg_temp."suspect_2" WHERE NOT "~moving")
WHERE run_id = :run AND target = :target;

