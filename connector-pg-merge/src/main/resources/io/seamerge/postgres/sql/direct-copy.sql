COPY ${stage} (${columns}, "~operation") FROM STDIN
