, expressed AS (
    SELECT ${key}, ${expressed_columns}
    FROM (
        SELECT ${e_columns}, e."~instance" AS "_source", e."~merged_time" AS "_version"
        FROM entry AS e
        WHERE NOT e."~deleted"
    ) AS entry
    GROUP BY ${key}
)
