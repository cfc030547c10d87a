INSERT INTO seamerge.deferred_key (target)
VALUES (:target)
ON CONFLICT (target) DO UPDATE
SET since = now()
