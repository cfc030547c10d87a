INSERT INTO seamerge.verify_run (pipeline, repair)
VALUES (:pipeline, :repair)
RETURNING run_id
