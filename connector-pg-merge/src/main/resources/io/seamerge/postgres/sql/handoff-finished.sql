INSERT INTO seamerge.handoff
    (name, instance, pipeline, state, incarnation, version_time, version_row, position, rows, detail, begun_at, finished_at)
VALUES
    (:handoff, :instance, :pipeline, 'finished', :incarnation, :version_time, :version_row, :position, :rows, :detail::jsonb,
     now(), now())
ON CONFLICT (name, instance) DO UPDATE
SET pipeline = EXCLUDED.pipeline,
    state = 'finished',
    incarnation = EXCLUDED.incarnation,
    version_time = EXCLUDED.version_time,
    version_row = EXCLUDED.version_row,
    position = EXCLUDED.position,
    rows = EXCLUDED.rows,
    detail = EXCLUDED.detail,
    finished_at = EXCLUDED.finished_at
