DELETE FROM ${owners} AS m
WHERE m."~source" = :source${unmarked}
