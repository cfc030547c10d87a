DROP TABLE ${owners}
