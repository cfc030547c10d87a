SELECT target, rows, missing, extra, different, moving, repaired
FROM seamerge.verify_summary
WHERE run_id = :run
ORDER BY target
