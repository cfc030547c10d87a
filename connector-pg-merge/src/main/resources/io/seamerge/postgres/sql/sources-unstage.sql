DROP TABLE ${stage}, ${touched}, ${won}
