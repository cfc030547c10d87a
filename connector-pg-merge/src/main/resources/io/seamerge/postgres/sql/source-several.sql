-- Tables that several sources write.
SELECT target
FROM seamerge.source
WHERE target = ANY (:targets::text[])
GROUP BY target
HAVING count(*) > 1
