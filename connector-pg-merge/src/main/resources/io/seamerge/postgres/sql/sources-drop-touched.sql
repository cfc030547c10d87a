DROP TABLE ${kept}
