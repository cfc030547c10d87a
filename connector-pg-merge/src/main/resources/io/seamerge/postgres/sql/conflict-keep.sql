SELECT seamerge.keep_conflicts(:days)
