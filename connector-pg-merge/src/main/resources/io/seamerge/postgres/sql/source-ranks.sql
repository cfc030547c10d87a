SELECT array_agg(
           source_id
           ORDER BY array_position(:preference::text[], instance) NULLS LAST,
                    instance COLLATE "C", database COLLATE "C", "table" COLLATE "C", pipeline COLLATE "C")
FROM seamerge.source
WHERE target = :target
