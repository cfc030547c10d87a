-- The table against what the sources' states make of it. Both are written in one transaction, so that nothing is in flight.
INSERT INTO ${suspect} (${columns}, "~operation", "~source", "~kind", "~moving")
SELECT ${view_columns},
       CASE WHEN v."~stays" THEN 'M' ELSE 'N' END,
       0,
       CASE WHEN t.ctid IS NULL THEN 'missing' WHEN v."~stays" THEN 'different' ELSE 'extra' END,
       false
FROM ${view} AS v
FULL JOIN ${table} AS t ON ${v_key_is_t_key}
WHERE CASE
          WHEN v."~stays" THEN t.ctid IS NULL OR ${v_image} IS DISTINCT FROM ${t_image}
          ELSE t.ctid IS NOT NULL
      END
