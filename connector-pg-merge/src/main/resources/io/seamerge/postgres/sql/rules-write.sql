UPDATE seamerge.holder
SET state_rules = :state_rules, merge_rules = :merge_rules, state = :state
WHERE target = :target
  AND (state_rules, merge_rules, state) IS DISTINCT FROM (:state_rules::text, :merge_rules::text, :state::text)
