DROP TABLE IF EXISTS ${keys}, ${sources}, ${state}
