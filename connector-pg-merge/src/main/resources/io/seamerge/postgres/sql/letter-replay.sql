-- The lock comes first: a flush of this table has either superseded the letter by then, or starts after it.
CREATE OR REPLACE FUNCTION seamerge.replay(letter bigint) RETURNS boolean LANGUAGE plpgsql AS $replay$
DECLARE
    l seamerge.dead_letter;
    key_columns text;
    key_fields text;
    matches text;
    columns text;
    fields text;
    changes text;
    merged_fields text;
    owner text;
BEGIN
    SELECT * INTO l FROM seamerge.dead_letter WHERE letter_id = letter;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no dead letter %', letter;
    END IF;
    IF l.sources IS NOT NULL THEN
        EXECUTE 'LOCK TABLE ' || l.sources || ' IN SHARE ROW EXCLUSIVE MODE';
    END IF;
    EXECUTE 'LOCK TABLE ' || l.relation || ' IN SHARE ROW EXCLUSIVE MODE';
    SELECT * INTO l FROM seamerge.dead_letter WHERE letter_id = letter FOR UPDATE;
    IF l.superseded_at IS NOT NULL OR l.replayed_at IS NOT NULL THEN
        RETURN false;
    END IF;
    SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FILTER (WHERE jsonb_exists(l.key, a.attname)),
           string_agg(format('r.%I', a.attname), ', ' ORDER BY a.attnum) FILTER (WHERE jsonb_exists(l.key, a.attname)),
           string_agg(format('t.%1$I = r.%1$I', a.attname), ' AND ' ORDER BY a.attnum) FILTER (WHERE jsonb_exists(l.key, a.attname)),
           string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum),
           string_agg(
               CASE
                   WHEN base.typname IN ('json', 'jsonb') THEN format('(r.%I #>> ''{}'')::%s', a.attname, base.typname)
                   ELSE format('r.%I', a.attname)
               END, ', ' ORDER BY a.attnum),
           string_agg(format('%1$I = EXCLUDED.%1$I', a.attname), ', ' ORDER BY a.attnum)
               FILTER (WHERE NOT jsonb_exists(l.key, a.attname)),
           string_agg(format('t.%I', a.attname), ', ' ORDER BY a.attnum)
    INTO key_columns, key_fields, matches, columns, fields, changes, merged_fields
    FROM pg_attribute a
    JOIN pg_type type ON type.oid = a.atttypid
    JOIN pg_type base ON base.oid = CASE WHEN type.typtype = 'd' THEN type.typbasetype ELSE type.oid END
    WHERE a.attrelid = l.relation::regclass
      AND a.attnum > 0
      AND NOT a.attisdropped
      AND a.attgenerated = ''
      AND a.attname IN (SELECT json_object_keys(l.image));
    IF l.sources IS NOT NULL AND l.merged IS NULL THEN
        -- A disjoint table: nobody's key becomes the source's; another's row is not touched.
        IF l.operation <> 'delete' THEN
            EXECUTE format(
                'INSERT INTO %1$s (%2$s, "~source") SELECT %3$s, s.source_id '
                    'FROM json_populate_record(NULL::%4$s, $1) AS r, seamerge.source AS s '
                    'WHERE (s.pipeline, s.instance, s.database, s."table", s.target) = ($2, $3, $4, $5, $6) ON CONFLICT DO NOTHING',
                l.sources, key_columns, key_fields, l.relation)
            USING l.image, l.pipeline, l.instance, l.database, l."table", l.target;
        END IF;
        EXECUTE format(
            'SELECT s.instance || ''/'' || s.database || ''.'' || s."table" '
                'FROM json_populate_record(NULL::%2$s, $1) AS r JOIN %1$s AS t ON %3$s JOIN seamerge.source AS s ON s.source_id = t."~source" '
                'WHERE (s.instance, s.database, s."table") <> ($2, $3, $4)',
            l.sources, l.relation, matches)
        INTO owner
        USING l.image, l.instance, l.database, l."table";
        IF owner IS NOT NULL THEN
            RAISE EXCEPTION 'the key % of % belongs to %', l.key, l.relation, owner
            USING HINT = 'Delete it there first, or give the letter another key: UPDATE seamerge.dead_letter SET key = …, image = …';
        END IF;
    END IF;
    IF l.merged IS NOT NULL THEN
        -- The source's entry takes the image, unless it has a later one; the row is then made anew.
        IF l.operation <> 'delete' OR NOT l.in_state THEN
            EXECUTE format(
                'INSERT INTO %1$s AS e (%2$s, "~source", "~merged_time", "~incarnation", "~time", "~row", "~deleted", "~snapshot", '
                    '"~first_incarnation", "~first_change", "~first_row", "~first_time") '
                    'SELECT %3$s, s.source_id, CASE WHEN $2 = ''snapshot'' THEN 0 ELSE $4 END, $3, $4, $5, $2 = ''delete'', $2 = ''snapshot'', '
                    '$3, $4, $5, CASE WHEN $2 = ''insert'' THEN $4 ELSE 0 END '
                    'FROM json_populate_record(NULL::%6$s, $1) AS r, seamerge.source AS s '
                    'WHERE (s.pipeline, s.instance, s.database, s."table", s.target) = ($6, $7, $8, $9, $10) '
                    'ON CONFLICT (%4$s, "~source") DO UPDATE SET %5$s"~incarnation" = EXCLUDED."~incarnation", '
                    '"~merged_time" = greatest(e."~merged_time", EXCLUDED."~merged_time"), '
                    '"~time" = EXCLUDED."~time", "~row" = EXCLUDED."~row", "~deleted" = EXCLUDED."~deleted" '
                    'WHERE (e."~incarnation", e."~time", e."~row") <= (EXCLUDED."~incarnation", EXCLUDED."~time", EXCLUDED."~row")',
                l.sources, columns, fields, key_columns, coalesce(changes || ', ', ''), l.relation)
            USING l.image, l.operation, l.incarnation, l.version_time, l.version_row,
                  l.pipeline, l.instance, l.database, l."table", l.target;
        END IF;
        EXECUTE format(
            'DELETE FROM %1$s AS t USING json_populate_record(NULL::%1$s, $1) AS r WHERE %2$s '
                'AND NOT EXISTS (SELECT FROM %3$s AS t WHERE %2$s AND t."~stays")',
            l.relation, matches, l.merged)
        USING l.image;
        EXECUTE format(
            'INSERT INTO %1$s (%2$s) OVERRIDING SYSTEM VALUE '
                'SELECT %6$s FROM %3$s AS t, json_populate_record(NULL::%1$s, $1) AS r WHERE %4$s AND t."~stays" '
                'ON CONFLICT (%5$s) DO %7$s',
            l.relation, columns, l.merged, matches, key_columns, merged_fields, coalesce('UPDATE SET ' || changes, 'NOTHING'))
        USING l.image;
    ELSIF l.operation = 'delete' THEN
        EXECUTE format(
            'DELETE FROM %1$s AS t USING json_populate_record(NULL::%1$s, $1) AS r WHERE %2$s',
            l.relation, matches)
        USING l.image;
        IF l.sources IS NOT NULL THEN
            EXECUTE format(
                'DELETE FROM %1$s AS t USING json_populate_record(NULL::%2$s, $1) AS r WHERE %3$s',
                l.sources, l.relation, matches)
            USING l.image;
        END IF;
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
