COPY ${stage} (${columns}, "~operation", "~source", "~merged_time", "~incarnation", "~time", "~row", "~first_incarnation", "~first_change", "~first_row", "~first_time"${base_names}) FROM STDIN
