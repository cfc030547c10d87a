-- Cheaper than ON CONFLICT, which locks each row before it updates it.
UPDATE ${target} AS t
SET ${set_staged}
FROM ${stage} AS s
WHERE ${t_key_is_s_key} AND ${stays}
