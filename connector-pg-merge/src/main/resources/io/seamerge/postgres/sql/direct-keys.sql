COPY ${stage} (${key}) FROM STDIN${format}
