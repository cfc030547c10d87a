SELECT state_rules, merge_rules,
       EXISTS (SELECT FROM seamerge.applied WHERE pipeline = :pipeline AND target = :target) AS written
FROM seamerge.holder
WHERE target = :target
