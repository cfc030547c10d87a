INSERT INTO seamerge.progress
    (pipeline, instance, lane, incarnation, version_time, version_row, floor_time, flushes, epoch, rules,
     repeats_to_time, repeats_to_row)
VALUES
    (:pipeline, :instance, :lane, :incarnation, :version_time, :version_row, :floor_time, :flushes, :epoch, :rules,
     :repeats_to_time, :repeats_to_row)
