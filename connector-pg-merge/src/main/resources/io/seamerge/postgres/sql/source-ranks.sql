SELECT array_agg(
           source_id
           ORDER BY array_position(:preference::text[], instance) NULLS LAST,
                    instance COLLATE "C", database COLLATE "C", "table" COLLATE "C", pipeline COLLATE "C") AS ranks,
       (SELECT cut_time FROM seamerge.purged WHERE target = :target) AS cut_time
FROM seamerge.source
WHERE target = :target
