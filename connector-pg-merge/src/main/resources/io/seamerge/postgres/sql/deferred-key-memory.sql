-- Until the end of the transaction: 64 MB, the default, is not enough to sort more than about two million keys at once.
SELECT set_config('maintenance_work_mem',
                  greatest(pg_size_bytes(current_setting('maintenance_work_mem')) / 1024, 256 * 1024) || 'kB',
                  true)
