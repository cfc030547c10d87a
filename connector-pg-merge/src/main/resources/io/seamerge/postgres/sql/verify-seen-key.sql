CREATE UNIQUE INDEX ON ${seen} (${key}, "~source")
