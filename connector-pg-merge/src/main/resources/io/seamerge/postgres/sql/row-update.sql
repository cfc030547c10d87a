-- Cheaper than ON CONFLICT, which locks each row before it updates it.
UPDATE ${target} AS t
SET ${set_staged}
FROM ${stage} AS s
JOIN ${won} AS w ON ${w_key_is_s_key} AND w."~source" = s."~source"
WHERE ${t_key_is_s_key} AND ${stays}
