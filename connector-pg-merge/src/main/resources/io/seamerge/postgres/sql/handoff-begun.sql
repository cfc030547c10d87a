INSERT INTO seamerge.handoff
    (name, instance, pipeline, state, incarnation, version_time, version_row, begun_at)
VALUES
    (:handoff, :instance, :pipeline, 'begun', :incarnation, :version_time, :version_row, now())
ON CONFLICT (name, instance) DO UPDATE
SET pipeline = EXCLUDED.pipeline,
    state = 'begun',
    incarnation = EXCLUDED.incarnation,
    version_time = EXCLUDED.version_time,
    version_row = EXCLUDED.version_row,
    position = NULL,
    rows = NULL,
    detail = NULL,
    begun_at = EXCLUDED.begun_at,
    finished_at = NULL
