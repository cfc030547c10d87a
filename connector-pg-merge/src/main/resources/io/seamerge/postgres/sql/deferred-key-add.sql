ALTER TABLE ${target} ADD PRIMARY KEY (${key})
