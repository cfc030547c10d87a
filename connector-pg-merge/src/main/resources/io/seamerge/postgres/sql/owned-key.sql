ALTER TABLE ${owners} ADD PRIMARY KEY (${key})
