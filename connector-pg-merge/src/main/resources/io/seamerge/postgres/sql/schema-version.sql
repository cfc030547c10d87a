SELECT max(version) FROM seamerge.release
