-- Whether what is kept beside a table was not kept for this pipeline, nor for another that holds it now.
SELECT NOT EXISTS (SELECT FROM seamerge.applied WHERE pipeline = :pipeline AND target = :target)
   AND NOT EXISTS (SELECT FROM seamerge.holder WHERE target = :target AND pipeline <> :pipeline)
