COPY ${stage} (${columns}, "~operation", "~source", "~merged_time", "~incarnation", "~time", "~row") FROM STDIN (FORMAT binary)
