-- Earlier writers of the pipeline, which know other rules, can do nothing any more.
UPDATE seamerge.progress
SET epoch = :epoch
WHERE pipeline = :pipeline AND epoch < :epoch
