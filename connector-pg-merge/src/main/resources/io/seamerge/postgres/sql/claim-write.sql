INSERT INTO seamerge.progress
    (pipeline, instance, lane, incarnation, version_time, version_row, floor_time, flushes, epoch, rules)
VALUES
    (:pipeline, :instance, :lane, :incarnation, :version_time, :version_row, :floor_time, :flushes, :epoch, :rules)
