COPY ${owners} (${key}, "~source") FROM STDIN${format}
