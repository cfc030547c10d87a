COPY ${stage} (${key}, "~operation", "~source", "~merged_time", "~incarnation", "~time", "~row", "~number") FROM STDIN${format}
