UPDATE seamerge.verify_run
SET finished_at = now(), outcome = :outcome
WHERE run_id = :run
