UPDATE seamerge.dead_letter AS d
SET superseded_at = now()
FROM ${changed} AS s
WHERE d.target = :target
  AND d.superseded_at IS NULL
  AND d.replayed_at IS NULL
  AND d.key = ${s_key_object}
