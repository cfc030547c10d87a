DROP TABLE ${stage}
