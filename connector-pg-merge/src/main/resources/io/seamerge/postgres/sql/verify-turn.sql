UPDATE ${suspect}
SET "~turn" = true
WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM ${suspect} WHERE NOT "~moving" AND "~repaired" IS NOT TRUE AND "~operation" <> 'W' ORDER BY ${key} LIMIT :most))
