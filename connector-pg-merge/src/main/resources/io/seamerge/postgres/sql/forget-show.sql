SELECT ${k_key_object}::text FROM ${kept} AS k WHERE k."~number" = :number
