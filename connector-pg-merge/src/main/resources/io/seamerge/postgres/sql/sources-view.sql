CREATE VIEW ${view} AS
SELECT q.*, ${stays} AS "~stays"
FROM (
${query}
) AS q
