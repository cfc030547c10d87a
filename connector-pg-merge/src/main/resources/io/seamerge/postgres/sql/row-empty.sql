TRUNCATE ${stage}, ${won}
