CREATE VIEW seamerge.status AS
WITH snapshot AS (
    SELECT pipeline, instance, target,
           CASE WHEN bool_and(state = 'done') THEN 'done' ELSE 'begun' END AS state,
           count(*) FILTER (WHERE state = 'done') AS tables_done,
           count(*) AS tables,
           sum(rows_read)::bigint AS rows_read,
           sum(rows_estimated)::bigint AS rows_estimated
    FROM seamerge.snapshot
    GROUP BY pipeline, instance, target
), applied AS (
    SELECT pipeline, instance, target, sum(rows)::bigint AS rows,
           sum((rows - earlier_rows) / greatest(extract(epoch FROM now() - earlier_at), 1))
               FILTER (WHERE counted_at > now() - interval '1 minute') AS rate
    FROM seamerge.applied
    GROUP BY pipeline, instance, target
), met AS (
    SELECT c.pipeline, s.instance, c.target,
           (sum(c.count) FILTER (WHERE c.resolution = 'applied'))::bigint AS won,
           (sum(c.count) FILTER (WHERE c.resolution = 'discarded'))::bigint AS lost
    FROM seamerge.conflict_counter c
    JOIN seamerge.source s
      ON s.source_id = CASE c.resolution WHEN 'applied' THEN c.winner_source ELSE c.loser_source END
    GROUP BY c.pipeline, s.instance, c.target
), tombstones AS (
    SELECT n.pipeline, s.instance, n.target, sum(n.tombstones)::bigint AS kept
    FROM seamerge.tombstones() AS n
    JOIN seamerge.source AS s USING (source_id)
    GROUP BY n.pipeline, s.instance, n.target
), letters AS (
    SELECT pipeline, instance, target, count(*) AS open
    FROM seamerge.dead_letter
    WHERE superseded_at IS NULL AND replayed_at IS NULL
    GROUP BY pipeline, instance, target
)
SELECT pipeline,
       instance,
       target,
       coalesce(applied.rows, 0) AS rows_applied,
       round(coalesce(applied.rate, 0)::numeric, 1) AS rows_per_second,
       i.position,
       i.commit_time,
       i.caught_up_time,
       i.heartbeat_at,
       CASE WHEN i.caught_up_time IS NOT NULL THEN greatest(now() - i.caught_up_time, interval '0') END AS lag,
       snapshot.state AS snapshot_state,
       snapshot.tables_done AS snapshot_tables_done,
       snapshot.tables AS snapshot_tables,
       snapshot.rows_read AS snapshot_rows_read,
       snapshot.rows_estimated AS snapshot_rows_estimated,
       coalesce(met.won, 0) AS conflicts_won,
       coalesce(met.lost, 0) AS conflicts_lost,
       coalesce(letters.open, 0) AS dead_letters,
       coalesce(tombstones.kept, 0) AS tombstones,
       seamerge.version_time(purged.cut_time) AS tombstones_forgotten_to
FROM applied
FULL JOIN snapshot USING (pipeline, instance, target)
FULL JOIN seamerge.instance i USING (pipeline, instance)
LEFT JOIN met USING (pipeline, instance, target)
LEFT JOIN letters USING (pipeline, instance, target)
LEFT JOIN tombstones USING (pipeline, instance, target)
LEFT JOIN seamerge.purged USING (target)
