DELETE FROM ${keys} WHERE "~source" = :source
