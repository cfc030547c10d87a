-- namespace-create
CREATE SCHEMA "shop";

-- target-create
CREATE TABLE "shop"."customers" (
    "id" bigint NOT NULL,
    "name" text,
    PRIMARY KEY ("id")
);

-- table-comment
COMMENT ON TABLE "shop"."customers" IS E'it''s \\ ours';

-- column-comment
COMMENT ON COLUMN "shop"."customers"."name" IS 'the name';

-- target-has-rows
SELECT EXISTS (SELECT FROM "shop"."customers");

-- target-create
CREATE TABLE "shop"."orders" (
    "id" bigint NOT NULL
);

-- deferred-key-add
ALTER TABLE "shop"."orders" ADD PRIMARY KEY ("id");

-- deferred-key-same
DELETE FROM "shop"."orders"
WHERE ctid = ANY (ARRAY(
    SELECT t.place
    FROM (
        SELECT ctid AS place, row_number() OVER (PARTITION BY "id" ORDER BY age(xmin), ctid) AS number
        FROM "shop"."orders"
    ) AS t
    WHERE t.number > 1));

-- state-create
CREATE TABLE "seamerge"."state:shop.customers" AS
SELECT "id",
       0::bigint AS "~merged_time",
       0::integer AS "~source",
       0::bigint AS "~incarnation",
       0::bigint AS "~time",
       0::bigint AS "~row",
       false AS "~deleted",
       0::integer AS "~displaced_source",
       false AS "~displaced_deleted",
       0::bigint AS "~displaced_merged_time",
       0::bigint AS "~displaced_incarnation",
       0::bigint AS "~displaced_time",
       0::bigint AS "~displaced_row"
FROM "shop"."customers"
WITH NO DATA;

-- state-key
ALTER TABLE "seamerge"."state:shop.customers" ADD PRIMARY KEY ("id"), SET (fillfactor = 80);

-- state-deleted
ALTER TABLE "seamerge"."state:shop.customers" ADD COLUMN "~deleted_time" bigint GENERATED ALWAYS AS (CASE WHEN "~deleted" THEN "~merged_time" END) STORED;

-- state-deleted-key
CREATE INDEX ON "seamerge"."state:shop.customers" ("~deleted_time") WHERE "~deleted_time" IS NOT NULL;

