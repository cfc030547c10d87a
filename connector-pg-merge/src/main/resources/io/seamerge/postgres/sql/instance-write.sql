INSERT INTO seamerge.instance AS i
    (pipeline, instance, incarnation, version_time, version_row, position, commit_time, caught_up_time,
     snapshots_left, server_uuid, heartbeat_at)
VALUES
    (:pipeline, :instance, :incarnation, :version_time, :version_row, :position,
     timestamptz 'epoch' + :commit_time::bigint * interval '1 microsecond',
     timestamptz 'epoch' + :caught_up_time::bigint * interval '1 microsecond',
     (:detail::jsonb ->> 'snapshots_left')::integer, :detail::jsonb ->> 'server_uuid', now())
ON CONFLICT (pipeline, instance) DO UPDATE
SET incarnation = EXCLUDED.incarnation,
    version_time = EXCLUDED.version_time,
    version_row = EXCLUDED.version_row,
    position = coalesce(EXCLUDED.position, i.position),
    commit_time = coalesce(EXCLUDED.commit_time, i.commit_time),
    caught_up_time = coalesce(EXCLUDED.caught_up_time, i.caught_up_time),
    snapshots_left = coalesce(EXCLUDED.snapshots_left, i.snapshots_left),
    server_uuid = coalesce(EXCLUDED.server_uuid, i.server_uuid),
    heartbeat_at = EXCLUDED.heartbeat_at
-- A replay of older control rows must not show an older state than that of the rows.
WHERE (i.incarnation, i.version_time, i.version_row)
      <= (EXCLUDED.incarnation, EXCLUDED.version_time, EXCLUDED.version_row)
