INSERT INTO ${touched}
SELECT ${key}, "~source"
FROM ${kept}
WHERE "~number" BETWEEN :first AND :last
