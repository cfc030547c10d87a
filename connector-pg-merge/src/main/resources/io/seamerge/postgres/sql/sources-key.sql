ALTER TABLE ${sources} ADD PRIMARY KEY (${key}, "~source"), SET (fillfactor = 80)
