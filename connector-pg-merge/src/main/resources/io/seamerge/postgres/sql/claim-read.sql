SELECT lane, incarnation, version_time, version_row, floor_time, flushes, epoch, rules,
       repeats_to_time, repeats_to_row
FROM seamerge.progress
WHERE pipeline = :pipeline AND instance = :instance
ORDER BY lane
FOR UPDATE
