SELECT EXISTS (SELECT FROM seamerge.applied WHERE pipeline = :pipeline AND target = :target)
