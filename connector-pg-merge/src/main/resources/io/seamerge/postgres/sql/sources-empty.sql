TRUNCATE ${stage}, ${touched}, ${won}
