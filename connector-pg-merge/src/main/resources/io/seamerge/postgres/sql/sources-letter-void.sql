-- What was refused for this key before is part of what is refused now.
UPDATE seamerge.dead_letter AS d
SET superseded_at = now()
FROM ${touched} AS s
WHERE d.target = :table_name
  AND d.superseded_at IS NULL
  AND d.replayed_at IS NULL
  AND d.in_state
  AND d.key = ${s_key_object}
