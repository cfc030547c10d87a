COMMENT ON VIEW seamerge.status IS
    'Per pipeline, instance and merged table: what has been applied, how far, and how far behind'
