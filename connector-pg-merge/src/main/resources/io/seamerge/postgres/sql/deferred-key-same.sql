-- A page that was read again, because its server was lost, has brought keys twice, each time by the same lane: what that wrote
-- last stands.
DELETE FROM ${target}
WHERE ctid = ANY (ARRAY(
    SELECT t.place
    FROM (
        SELECT ctid AS place, row_number() OVER (PARTITION BY ${key} ORDER BY age(xmin), ctid) AS number
        FROM ${target}
    ) AS t
    WHERE t.number > 1))
