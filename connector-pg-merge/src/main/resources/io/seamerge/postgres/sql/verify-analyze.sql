ANALYZE ${seen}
