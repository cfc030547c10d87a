ALTER TABLE ${state} ADD PRIMARY KEY (${key}), SET (fillfactor = 80)
