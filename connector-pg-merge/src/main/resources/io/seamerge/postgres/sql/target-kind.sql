SELECT relkind::text FROM pg_class WHERE oid = to_regclass(:table)
