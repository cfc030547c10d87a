SELECT nextval('seamerge.writer_epoch')
