SELECT EXISTS (SELECT FROM ${state} WHERE "~deleted_time" <= :cut_time)
