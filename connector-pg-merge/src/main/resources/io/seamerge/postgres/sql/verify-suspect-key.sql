CREATE UNIQUE INDEX ON ${suspect} (${key}, "~source")
