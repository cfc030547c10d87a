COPY ${target} (${columns}) FROM STDIN${format}
