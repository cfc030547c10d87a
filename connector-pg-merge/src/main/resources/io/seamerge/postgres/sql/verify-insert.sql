INSERT INTO ${target} (${columns})${overriding}
SELECT ${s_columns}
FROM ${suspect} AS s
${state_inner_join}WHERE s."~turn" AND s."~operation" NOT IN ('D', 'X')${winner_is_s}
ORDER BY ${s_key}
ON CONFLICT (${key}) DO NOTHING
