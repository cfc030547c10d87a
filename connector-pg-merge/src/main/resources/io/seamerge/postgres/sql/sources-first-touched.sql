SELECT ${s_key_object}::text FROM ${touched} AS s LIMIT 1
