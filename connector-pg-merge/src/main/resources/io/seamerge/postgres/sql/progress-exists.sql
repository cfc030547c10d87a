SELECT EXISTS (SELECT FROM seamerge.progress WHERE pipeline = :pipeline)
