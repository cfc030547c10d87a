TRUNCATE ${owners}
