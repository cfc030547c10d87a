-- What stands now makes letters void that only the table had refused.
UPDATE seamerge.dead_letter AS d
SET superseded_at = now()
FROM ${won} AS s
WHERE s."~changed"
  AND d.target = :table_name
  AND d.superseded_at IS NULL
  AND d.replayed_at IS NULL
  AND d.in_state
  AND d.key = ${s_key_object}
