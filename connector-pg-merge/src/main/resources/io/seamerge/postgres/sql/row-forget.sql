-- At the version that they have: what another source does later is compared with that.
UPDATE ${state} AS m
SET "~deleted" = true
WHERE m."~source" = :source AND NOT m."~deleted"${unmarked}
