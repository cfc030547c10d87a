-- verify-seen
CREATE TEMPORARY TABLE pg_temp."seen_3" AS
SELECT "id", 0::integer AS "~source", false AS "~present"
FROM "seamerge"."sources:shop.customers"
WITH NO DATA;

-- verify-seen-key
CREATE UNIQUE INDEX ON pg_temp."seen_3" ("id", "~source");

-- verify-suspect
CREATE TEMPORARY TABLE pg_temp."suspect_3" AS
SELECT "id", "na""me", "gone_at",
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
FROM "seamerge"."sources:shop.customers"
WITH NO DATA;

-- verify-suspect-key
CREATE UNIQUE INDEX ON pg_temp."suspect_3" ("id", "~source");

-- verify-note
INSERT INTO pg_temp."seen_3" AS n ("id", "~source", "~present")
SELECT s."id", s."~source", s."~operation" <> 'D'
FROM pg_temp."stage_3" AS s
ON CONFLICT ("id", "~source") DO UPDATE SET "~present" = EXCLUDED."~present"
WHERE n."~present" <> EXCLUDED."~present";

-- verify-forget
DELETE FROM pg_temp."suspect_3" AS x
USING pg_temp."stage_3" AS s
WHERE x."id" = s."id" AND x."~source" = s."~source";

-- verify-look
INSERT INTO pg_temp."suspect_3" ("id", "na""me", "gone_at", "~operation", "~source", "~instance", "~looked", "~passed", "~as_of", "~xmin")
SELECT s."id", s."na""me", s."gone_at", s."~operation", s."~source", :instance, p.looked, p.passed, :as_of::bigint, t.xmin::text
FROM pg_temp."stage_3" AS s
CROSS JOIN (
    SELECT max(version_time) AS looked, min(version_time) AS passed
    FROM seamerge.progress
    WHERE pipeline = :pipeline AND instance = :instance
) AS p
LEFT JOIN "seamerge"."sources:shop.customers" AS t ON t."id" = s."id" AND t."~source" = s."~source"
WHERE CASE
    WHEN s."~operation" = 'W' THEN true
    WHEN s."~operation" IN ('D', 'X') THEN t.ctid IS NOT NULL AND NOT t."~deleted"
    ELSE t.ctid IS NULL OR t."~deleted" OR (SELECT to_jsonb(r) FROM (SELECT s."id", s."na""me", s."gone_at") AS r) IS DISTINCT FROM (SELECT to_jsonb(r) FROM (SELECT t."id", t."na""me", t."gone_at") AS r)
END;

-- verify-unreadable
INSERT INTO pg_temp."suspect_3" ("id", "~operation", "~source", "~instance", "~xmin")
SELECT s."id", 'W', s."~source", :instance, t.xmin::text
FROM pg_temp."stage_3" AS s
LEFT JOIN "seamerge"."sources:shop.customers" AS t ON t."id" = s."id" AND t."~source" = s."~source";

-- verify-analyze
ANALYZE pg_temp."seen_3";

-- verify-extra-sources
INSERT INTO pg_temp."suspect_3" ("id", "~operation", "~source", "~instance", "~xmin")
SELECT t."id", 'X', t."~source", o.instance, t.xmin::text
FROM "seamerge"."sources:shop.customers" AS t
JOIN seamerge.source AS o ON o.source_id = t."~source"
WHERE age(t.xmin) > age(:horizon::xid)
  AND t.ctid IS NOT NULL AND NOT t."~deleted"
  AND o.pipeline = :pipeline
  AND o.instance = ANY (:instances::text[])
  AND NOT EXISTS (SELECT FROM pg_temp."suspect_3" AS x WHERE x."id" = t."id" AND x."~source" = t."~source")
  AND NOT EXISTS (SELECT FROM pg_temp."seen_3" AS n WHERE n."id" = t."id" AND n."~source" = t."~source" AND n."~present");

-- verify-settled
DELETE FROM pg_temp."suspect_3" AS d
USING (
    SELECT s.ctid AS place
    FROM pg_temp."suspect_3" AS s
    LEFT JOIN "seamerge"."sources:shop.customers" AS t ON t."id" = s."id" AND t."~source" = s."~source"
    WHERE (CASE
    WHEN s."~operation" = 'W' THEN true
    WHEN s."~operation" IN ('D', 'X') THEN t.ctid IS NOT NULL AND NOT t."~deleted"
    ELSE t.ctid IS NULL OR t."~deleted" OR (SELECT to_jsonb(r) FROM (SELECT s."id", s."na""me", s."gone_at") AS r) IS DISTINCT FROM (SELECT to_jsonb(r) FROM (SELECT t."id", t."na""me", t."gone_at") AS r)
END) IS NOT TRUE
) AS f
WHERE d.ctid = f.place;

-- verify-look-again
UPDATE pg_temp."suspect_3" AS d
SET "~looked" = p.looked, "~passed" = p.passed, "~xmin" = f.xmin
FROM (
    SELECT s.ctid AS place, t.xmin::text AS xmin
    FROM pg_temp."suspect_3" AS s
    LEFT JOIN "seamerge"."sources:shop.customers" AS t ON t."id" = s."id" AND t."~source" = s."~source"
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
FROM pg_temp."suspect_3" AS s
LEFT JOIN "seamerge"."sources:shop.customers" AS t ON t."id" = s."id" AND t."~source" = s."~source"
LEFT JOIN unnest(:instances::text[], :ends::bigint[]) AS e (instance, end_time) ON e.instance = s."~instance"
WHERE NOT (coalesce(s."~looked" > e.end_time, false) OR t.xmin::text IS DISTINCT FROM s."~xmin" OR false AND EXISTS (SELECT FROM seamerge.purged AS g WHERE g.target = :target));

-- verify-classify
UPDATE pg_temp."suspect_3" AS d
SET "~kind" = f.kind, "~moving" = f.moving
FROM (
    SELECT s.ctid AS place,
           CASE
               WHEN (t.ctid IS NULL OR t."~deleted") THEN 'missing'
               WHEN s."~operation" IN ('D', 'X') THEN 'extra'
               ELSE 'different'
           END AS kind,
           coalesce(s."~looked" > e.end_time, false) OR t.xmin::text IS DISTINCT FROM s."~xmin"
               OR false AND EXISTS (SELECT FROM seamerge.purged AS g WHERE g.target = :target) AS moving
    FROM pg_temp."suspect_3" AS s
    LEFT JOIN "seamerge"."sources:shop.customers" AS t ON t."id" = s."id" AND t."~source" = s."~source"
    LEFT JOIN unnest(:instances::text[], :ends::bigint[]) AS e (instance, end_time) ON e.instance = s."~instance"
) AS f
WHERE d.ctid = f.place;

-- verify-summary
INSERT INTO seamerge.verify_summary (run_id, target, rows, missing, extra, different, moving)
SELECT :run, :target,
       (SELECT count(*) FROM pg_temp."seen_3" WHERE "~present"),
       count(*) FILTER (WHERE NOT "~moving" AND "~kind" = 'missing'),
       count(*) FILTER (WHERE NOT "~moving" AND "~kind" = 'extra'),
       count(*) FILTER (WHERE NOT "~moving" AND "~kind" = 'different'),
       count(*) FILTER (WHERE "~moving")
FROM pg_temp."suspect_3";

-- verify-report
WITH chosen AS (
    SELECT s."~kind" AS kind,
           jsonb_build_object('id', s."id") AS key,
           CASE WHEN s."~source" = 0 THEN s."~instance" ELSE seamerge.source_name(s."~source") END AS source,
           CASE
               WHEN s."~operation" IN ('M', 'N')
               THEN (SELECT (SELECT to_jsonb(r) FROM (SELECT t."id", t."na""me", t."gone_at") AS r) FROM "shop"."customers" AS t WHERE t."id" = s."id")
               WHEN NOT (t.ctid IS NULL OR t."~deleted") THEN (SELECT to_jsonb(r) FROM (SELECT t."id", t."na""me", t."gone_at") AS r)
           END AS found,
           CASE WHEN s."~operation" NOT IN ('D', 'X', 'W', 'N') THEN (SELECT to_jsonb(r) FROM (SELECT s."id", s."na""me", s."gone_at") AS r) END AS wanted
    FROM pg_temp."suspect_3" AS s
    LEFT JOIN "seamerge"."sources:shop.customers" AS t ON t."id" = s."id" AND t."~source" = s."~source"
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
UPDATE pg_temp."suspect_3"
SET "~turn" = true
WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM pg_temp."suspect_3" WHERE NOT "~moving" AND "~repaired" IS NOT TRUE AND "~operation" <> 'W' ORDER BY "id" LIMIT :most));

-- verify-sources-lock
INSERT INTO "seamerge"."state:shop.customers" AS m ("id")
SELECT DISTINCT s."id"
FROM pg_temp."suspect_3" AS s
WHERE s."~turn"
ORDER BY s."id"
ON CONFLICT ("id") DO UPDATE SET "~source" = m."~source" WHERE false;

-- verify-sources-update
UPDATE "seamerge"."sources:shop.customers" AS t
SET "na""me" = s."na""me", "gone_at" = s."gone_at", "~deleted" = false
FROM pg_temp."suspect_3" AS s
WHERE s."~turn"
  AND s."~operation" NOT IN ('D', 'X', 'M', 'N')
  AND t."id" = s."id" AND t."~source" = s."~source"
  AND t.xmin::text = s."~xmin";

-- verify-sources-insert
INSERT INTO "seamerge"."sources:shop.customers" ("id", "na""me", "gone_at", "~source", "~merged_time", "~incarnation", "~time", "~row", "~deleted", "~snapshot",
                       "~first_incarnation", "~first_change", "~first_row", "~first_time")
SELECT s."id", s."na""me", s."gone_at", s."~source", 0, 0, 0, 0, false, true, 0, 0, 0, 0
FROM pg_temp."suspect_3" AS s
WHERE s."~turn" AND s."~operation" NOT IN ('D', 'X', 'M', 'N')
ORDER BY s."id"
ON CONFLICT ("id", "~source") DO NOTHING;

-- verify-sources-delete
UPDATE "seamerge"."sources:shop.customers" AS t
SET "~deleted" = true
FROM pg_temp."suspect_3" AS s
WHERE s."~turn"
  AND s."~operation" IN ('D', 'X')
  AND t."id" = s."id" AND t."~source" = s."~source"
  AND t.xmin::text = s."~xmin";

-- verify-sources-touch
INSERT INTO pg_temp."touched_3"
SELECT t."id", t."~source"
FROM "seamerge"."sources:shop.customers" AS t
WHERE EXISTS (SELECT FROM pg_temp."suspect_3" AS s WHERE s."~turn" AND t."id" = s."id");

-- sources-merge
INSERT INTO pg_temp."won_3"
SELECT s.*,
       true OR m."~source" IS NULL OR m."~source" <> s."~source" OR m."~deleted" <> s."~absent"
           OR EXISTS (SELECT FROM pg_temp."touched_3" AS w WHERE w."id" = s."id" AND w."~source" = s."~source"),
       m."~source", m."~deleted", m."~merged_time", m."~incarnation", m."~time", m."~row"
FROM (
WITH entry AS (
    SELECT e.*, r.instance AS "~instance", r.rank AS "~rank"
    FROM (SELECT DISTINCT "id" FROM pg_temp."touched_3") AS w JOIN "seamerge"."sources:shop.customers" AS e ON w."id" = e."id"
    JOIN (
        SELECT source_id, instance, row_number() OVER (
                   ORDER BY array_position(ARRAY['eu', 'us']::text[], instance),
                            instance COLLATE "C", database COLLATE "C", "table" COLLATE "C", pipeline COLLATE "C") AS rank
        FROM seamerge.source
        WHERE target = 'shop.customers'
    ) AS r ON r.source_id = e."~source"
), winner AS (
    SELECT DISTINCT ON (e."id") e.*, bool_or(e."~deleted") OVER (PARTITION BY e."id") AS "~absent",
           max(e."gone_at") FILTER (WHERE e."~deleted") OVER (PARTITION BY e."id") AS "~gone_at"
    FROM entry AS e
    ORDER BY e."id", e."~merged_time" DESC, e."~rank"
), resolved AS (
    SELECT e."id", (array_agg(e."total" ORDER BY e."total" DESC, e."~rank") FILTER (WHERE NOT e."~deleted" AND e."total" IS NOT NULL))[1] AS "total"
    FROM entry AS e
    GROUP BY e."id"
)
SELECT e."id", e."na""me", CASE WHEN e."~absent" THEN e."total" ELSE v."total" END AS "total", CASE WHEN e."~absent" THEN e."~gone_at" END AS "gone_at", e."~source", e."~merged_time", e."~incarnation", e."~time", e."~row", e."~absent"
FROM winner AS e
LEFT JOIN resolved AS v ON v."id" = e."id"
) AS s
JOIN "seamerge"."state:shop.customers" AS m ON m."id" = s."id";

-- sources-head
UPDATE "seamerge"."state:shop.customers" AS m
SET "~merged_time" = s."~merged_time",
    "~source" = s."~source",
    "~incarnation" = s."~incarnation",
    "~time" = s."~time",
    "~row" = s."~row",
    "~deleted" = s."~absent"
FROM pg_temp."won_3" AS s
WHERE m."id" = s."id"
  AND s."~changed";

-- sources-upsert
INSERT INTO "shop"."customers" AS t ("id", "na""me", "total", "gone_at")
SELECT s."id", s."na""me", s."total", s."gone_at"
FROM pg_temp."won_3" AS s
WHERE s."~changed" AND true
ORDER BY s."id"
ON CONFLICT ("id") DO UPDATE SET "na""me" = EXCLUDED."na""me", "total" = EXCLUDED."total", "gone_at" = EXCLUDED."gone_at";

-- verify-sources-orphan
DELETE FROM "shop"."customers" AS t
USING pg_temp."suspect_3" AS s
WHERE s."~turn"
  AND s."~operation" = 'N'
  AND t."id" = s."id"
  AND NOT EXISTS (SELECT FROM "seamerge"."sources:shop.customers" AS e WHERE e."id" = s."id");

-- verify-sources-unlock
DELETE FROM "seamerge"."state:shop.customers" AS m
USING pg_temp."suspect_3" AS s
WHERE s."~turn"
  AND m."id" = s."id"
  AND m."~source" IS NULL;

-- verify-turned
UPDATE pg_temp."suspect_3" SET "~turn" = false, "~repaired" = true WHERE "~turn";

-- verify-repaired
UPDATE seamerge.verify_summary
SET repaired = missing + extra + different - (SELECT count(*) FROM pg_temp."suspect_3" WHERE NOT "~moving")
WHERE run_id = :run AND target = :target;

-- verify-merged
INSERT INTO pg_temp."suspect_3" ("id", "na""me", "gone_at", "~operation", "~source", "~kind", "~moving")
SELECT coalesce(v."id", t."id"), v."na""me", v."gone_at",
       CASE WHEN v."~stays" THEN 'M' ELSE 'N' END,
       0,
       CASE WHEN t.ctid IS NULL THEN 'missing' WHEN v."~stays" THEN 'different' ELSE 'extra' END,
       false
FROM "seamerge"."merged:shop.customers" AS v
FULL JOIN "shop"."customers" AS t ON v."id" = t."id"
WHERE CASE
          WHEN v."~stays" THEN t.ctid IS NULL OR (SELECT to_jsonb(r) FROM (SELECT v."id", v."na""me", v."gone_at") AS r) IS DISTINCT FROM (SELECT to_jsonb(r) FROM (SELECT t."id", t."na""me", t."gone_at") AS r)
          ELSE t.ctid IS NOT NULL
      END;

-- verify-merged-forget
DELETE FROM pg_temp."suspect_3" WHERE "~operation" IN ('M', 'N');

