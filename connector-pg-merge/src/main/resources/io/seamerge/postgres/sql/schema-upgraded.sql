INSERT INTO seamerge.release (version) VALUES (:version)
