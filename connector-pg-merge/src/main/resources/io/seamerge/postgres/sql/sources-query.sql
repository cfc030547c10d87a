WITH entry AS (
    SELECT e.*, r.instance AS "~instance", r.rank AS "~rank"
    FROM ${entries}
    JOIN (
        SELECT source_id, instance, row_number() OVER (
                   ORDER BY array_position(${preference}, instance),
                            instance COLLATE "C", database COLLATE "C", "table" COLLATE "C", pipeline COLLATE "C") AS rank
        FROM seamerge.source
        WHERE target = ${target_name}
    ) AS r ON r.source_id = e."~source"
), winner AS (
    SELECT DISTINCT ON (${e_key}) e.*, ${absent} AS "~absent"${gone}
    FROM entry AS e
    ORDER BY ${e_key}, ${order}
)${resolved}
SELECT ${merged_columns}, e."~source", e."~merged_time", e."~incarnation", e."~time", e."~row", e."~absent"
FROM winner AS e${join_resolved}
