, resolved AS (
    SELECT ${e_key}, ${resolved_columns}
    FROM entry AS e
    GROUP BY ${e_key}
)
