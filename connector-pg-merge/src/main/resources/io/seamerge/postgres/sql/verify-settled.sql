DELETE FROM ${suspect} AS d
USING (
    SELECT s.ctid AS place
    FROM ${suspect} AS s
    ${state_join}LEFT JOIN ${target} AS t ON ${t_key_is_s_key}
    WHERE (${wrong}) IS NOT TRUE
) AS f
WHERE d.ctid = f.place
