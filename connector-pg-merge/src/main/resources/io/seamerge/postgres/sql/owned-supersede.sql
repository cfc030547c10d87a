-- Each source has letters of its own; those that this flush has written are of changes that came to nothing.
UPDATE seamerge.dead_letter AS d
SET superseded_at = now()
FROM ${stage} AS s
JOIN seamerge.source AS f ON f.source_id = s."~source"
WHERE d.target = :target
  AND (d.instance, d.database, d."table") = (f.instance, f.database, f."table")
  AND d.superseded_at IS NULL
  AND d.replayed_at IS NULL
  AND d.key = ${s_key_object}
  AND (d.created_at < now() OR EXISTS (SELECT FROM ${won} AS w WHERE ${w_key_is_s_key} AND w."~source" = s."~source"))
