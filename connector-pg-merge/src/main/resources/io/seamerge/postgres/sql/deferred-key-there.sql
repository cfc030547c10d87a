SELECT EXISTS (SELECT FROM seamerge.deferred_key WHERE target = :target)
