-- A later change of the same source makes its letters void; what stands now, those that only the table refused.
UPDATE seamerge.dead_letter AS d
SET superseded_at = now()
FROM ${stage} AS s
JOIN seamerge.source AS r ON r.source_id = s."~source"
WHERE d.target = :target
  AND d.superseded_at IS NULL
  AND d.replayed_at IS NULL
  AND d.key = ${s_key_object}
  AND ((d.instance, d.database, d."table") = (r.instance, r.database, r."table")
       OR d.in_state AND EXISTS (SELECT FROM ${won} AS w WHERE ${w_key_is_s_key} AND w."~changed"))
