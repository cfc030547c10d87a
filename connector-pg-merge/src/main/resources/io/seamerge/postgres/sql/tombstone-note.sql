INSERT INTO seamerge.purged AS p (target, cut_time)
VALUES (:target, :cut_time)
ON CONFLICT (target) DO UPDATE
SET cut_time = greatest(p.cut_time, EXCLUDED.cut_time),
    purged_at = now()
