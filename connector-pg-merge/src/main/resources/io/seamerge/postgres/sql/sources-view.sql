CREATE VIEW ${view} AS
${query}
