UPDATE seamerge.dead_letter
SET superseded_at = now()
WHERE target = :target
  AND superseded_at IS NULL
  AND replayed_at IS NULL
