-- Of several writers one adds the key; the others wait for it.
DELETE FROM seamerge.deferred_key
WHERE target = :target
