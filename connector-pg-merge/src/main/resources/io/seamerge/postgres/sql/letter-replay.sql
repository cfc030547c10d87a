-- The lock comes first: a flush of this table has either superseded the letter by then, or starts after it.
CREATE FUNCTION seamerge.replay(letter bigint) RETURNS boolean LANGUAGE plpgsql AS $replay$
DECLARE
    l seamerge.dead_letter;
    key_columns text;
    matches text;
    columns text;
    fields text;
    changes text;
BEGIN
    SELECT * INTO l FROM seamerge.dead_letter WHERE letter_id = letter;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no dead letter %', letter;
    END IF;
    EXECUTE 'LOCK TABLE ' || l.relation || ' IN SHARE ROW EXCLUSIVE MODE';
    SELECT * INTO l FROM seamerge.dead_letter WHERE letter_id = letter FOR UPDATE;
    IF l.superseded_at IS NOT NULL OR l.replayed_at IS NOT NULL THEN
        RETURN false;
    END IF;
    SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FILTER (WHERE jsonb_exists(l.key, a.attname)),
           string_agg(format('t.%1$I = r.%1$I', a.attname), ' AND ' ORDER BY a.attnum) FILTER (WHERE jsonb_exists(l.key, a.attname)),
           string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum),
           string_agg(
               CASE
                   WHEN base.typname IN ('json', 'jsonb') THEN format('(r.%I #>> ''{}'')::%s', a.attname, base.typname)
                   ELSE format('r.%I', a.attname)
               END, ', ' ORDER BY a.attnum),
           string_agg(format('%1$I = EXCLUDED.%1$I', a.attname), ', ' ORDER BY a.attnum)
               FILTER (WHERE NOT jsonb_exists(l.key, a.attname))
    INTO key_columns, matches, columns, fields, changes
    FROM pg_attribute a
    JOIN pg_type type ON type.oid = a.atttypid
    JOIN pg_type base ON base.oid = CASE WHEN type.typtype = 'd' THEN type.typbasetype ELSE type.oid END
    WHERE a.attrelid = l.relation::regclass
      AND a.attnum > 0
      AND NOT a.attisdropped
      AND a.attgenerated = ''
      AND a.attname IN (SELECT json_object_keys(l.image));
    IF l.operation = 'delete' THEN
        EXECUTE format(
            'DELETE FROM %1$s AS t USING json_populate_record(NULL::%1$s, $1) AS r WHERE %2$s',
            l.relation, matches)
        USING l.image;
    ELSE
        EXECUTE format(
            'INSERT INTO %1$s AS t (%2$s) OVERRIDING SYSTEM VALUE '
                'SELECT %3$s FROM json_populate_record(NULL::%1$s, $1) AS r ON CONFLICT (%4$s) DO %5$s',
            l.relation, columns, fields, key_columns, coalesce('UPDATE SET ' || changes, 'NOTHING'))
        USING l.image;
    END IF;
    UPDATE seamerge.dead_letter SET replayed_at = now() WHERE letter_id = letter;
    RETURN true;
END
$replay$
