COMMENT ON COLUMN ${target}.${column} IS ${comment}
