ALTER TABLE ${keys} ADD PRIMARY KEY (${key}, "~source")
