SELECT pg_advisory_xact_lock(hashtextextended(:pipeline || E'\n' || :instance, 7306925413270216289))
