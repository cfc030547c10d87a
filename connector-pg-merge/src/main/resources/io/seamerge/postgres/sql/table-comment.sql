COMMENT ON TABLE ${target} IS ${comment}
