SELECT EXISTS (SELECT FROM ${state} WHERE "~deleted_time" <= :cut_time) AS there,
       NULL::bigint AS to_time
