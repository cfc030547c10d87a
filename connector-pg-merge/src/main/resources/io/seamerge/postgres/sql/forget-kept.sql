DELETE FROM ${target} AS t
USING ${kept} AS k
WHERE k."~number" BETWEEN :first AND :last AND ${k_key_is_t_key}
