SELECT EXISTS (SELECT FROM ${state} WHERE "~deleted" AND "~merged_time" <= :cut_time)
