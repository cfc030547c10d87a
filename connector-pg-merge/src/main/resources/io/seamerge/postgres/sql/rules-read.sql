SELECT state_rules, merge_rules
FROM seamerge.holder
WHERE target = :target
  AND EXISTS (SELECT FROM seamerge.applied WHERE target = :target)
