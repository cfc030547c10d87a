DROP TABLE ${stage}, ${won}
