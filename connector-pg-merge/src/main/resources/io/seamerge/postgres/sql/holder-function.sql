-- A writer of the former holder that still runs is superseded: its next flush fails.
CREATE FUNCTION seamerge.take_over(a_target text, a_pipeline text) RETURNS text LANGUAGE plpgsql AS $take$
DECLARE
    former text;
BEGIN
    SELECT pipeline INTO former FROM seamerge.holder WHERE target = a_target FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no pipeline holds table %', a_target
            USING HINT = 'Tables are named as in seamerge.status, for instance shop.orders';
    END IF;
    IF former <> a_pipeline THEN
        UPDATE seamerge.progress SET epoch = nextval('seamerge.writer_epoch') WHERE pipeline = former;
        UPDATE seamerge.holder SET pipeline = a_pipeline, since = now() WHERE target = a_target;
    END IF;
    RETURN former;
END
$take$
