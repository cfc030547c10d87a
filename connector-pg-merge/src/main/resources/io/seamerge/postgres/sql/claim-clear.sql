DELETE FROM seamerge.progress WHERE pipeline = :pipeline AND instance = :instance
