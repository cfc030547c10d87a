SELECT DISTINCT target
FROM seamerge.dead_letter
WHERE target = ANY (:targets::text[]) AND superseded_at IS NULL AND replayed_at IS NULL
