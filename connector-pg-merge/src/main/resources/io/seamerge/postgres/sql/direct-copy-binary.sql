COPY ${stage} (${columns}, "~operation") FROM STDIN (FORMAT binary)
