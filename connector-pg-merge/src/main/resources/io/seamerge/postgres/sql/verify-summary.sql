INSERT INTO seamerge.verify_summary (run_id, target, rows, missing, extra, different, moving)
SELECT :run, :target,
       (SELECT count(*) FROM ${seen} WHERE "~present"),
       count(*) FILTER (WHERE NOT "~moving" AND "~kind" = 'missing'),
       count(*) FILTER (WHERE NOT "~moving" AND "~kind" = 'extra'),
       count(*) FILTER (WHERE NOT "~moving" AND "~kind" = 'different'),
       count(*) FILTER (WHERE "~moving")
FROM ${suspect}
