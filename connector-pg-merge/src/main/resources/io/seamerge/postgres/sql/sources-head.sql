UPDATE ${state} AS m
SET "~merged_time" = s."~merged_time",
    "~source" = s."~source",
    "~incarnation" = s."~incarnation",
    "~time" = s."~time",
    "~row" = s."~row",
    "~deleted" = s."~absent"
FROM ${won} AS s
WHERE ${m_key_is_s_key}
  AND s."~changed"
