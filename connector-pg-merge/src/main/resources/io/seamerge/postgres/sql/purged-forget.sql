DELETE FROM seamerge.purged WHERE target = :target
