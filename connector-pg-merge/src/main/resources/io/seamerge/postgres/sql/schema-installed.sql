SELECT to_regclass('seamerge.release') IS NOT NULL
