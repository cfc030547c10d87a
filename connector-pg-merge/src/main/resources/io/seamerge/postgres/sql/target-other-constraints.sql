SELECT EXISTS (
    SELECT FROM pg_constraint
    WHERE contype IN ('f', 'x') AND (conrelid = to_regclass(:table) OR confrelid = to_regclass(:table)))
