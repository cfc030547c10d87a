UPDATE seamerge.verify_summary
SET repaired = missing + extra + different - (SELECT count(*) FROM ${suspect} WHERE NOT "~moving")
WHERE run_id = :run AND target = :target
