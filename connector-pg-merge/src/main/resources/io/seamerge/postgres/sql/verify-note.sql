INSERT INTO ${seen} AS n (${key}, "~source", "~present")
SELECT ${s_key}, ${s_source}, s."~operation" <> 'D'
FROM ${stage} AS s
ON CONFLICT (${key}, "~source") DO UPDATE SET "~present" = EXCLUDED."~present"
WHERE n."~present" <> EXCLUDED."~present"
