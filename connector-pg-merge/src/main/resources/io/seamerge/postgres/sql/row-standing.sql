SELECT count(*)
FROM ${stage} AS s
JOIN ${won} AS w ON ${w_key_is_s_key} AND w."~source" = s."~source"
WHERE ${stays}
