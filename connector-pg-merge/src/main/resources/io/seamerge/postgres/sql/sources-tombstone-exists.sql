SELECT EXISTS (
    SELECT FROM ${state} AS m
    WHERE m."~deleted_time" <= :cut_time
      AND NOT EXISTS (SELECT FROM ${sources} AS e WHERE ${e_key_is_m_key} AND (NOT e."~deleted" OR e."~merged_time" > :cut_time)))
