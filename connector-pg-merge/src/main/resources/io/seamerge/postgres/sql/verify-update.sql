UPDATE ${target} AS t
SET ${set_from_s}
FROM ${suspect} AS s
${state_inner_join}WHERE s."~turn"
  AND s."~operation" NOT IN ('D', 'X')
  AND ${t_key_is_s_key}
  AND t.xmin::text = s."~xmin"${winner_is_s}
