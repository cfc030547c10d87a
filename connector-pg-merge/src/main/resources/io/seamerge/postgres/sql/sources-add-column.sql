ALTER TABLE ${sources} ADD COLUMN ${column} ${type}
