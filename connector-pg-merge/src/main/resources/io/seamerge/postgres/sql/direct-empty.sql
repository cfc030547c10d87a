TRUNCATE ${stage}
