SELECT EXISTS (
    SELECT FROM ${stage} AS s
    WHERE s."~operation" <> 'S'
      AND s."~merged_time" <= :cut_time
      AND NOT EXISTS (SELECT FROM ${state} AS m WHERE ${m_key_is_s_key}))
