-- What one letter brings may be what another one lacks, so it goes on as long as any can be applied.
CREATE FUNCTION seamerge.replay_waiting(of_pipeline text, OUT replayed integer, OUT waiting integer)
LANGUAGE plpgsql AS $waiting$
DECLARE
    letter bigint;
    state text;
    reason text;
    moved boolean := true;
BEGIN
    SET CONSTRAINTS ALL IMMEDIATE;
    replayed := 0;
    WHILE moved LOOP
        moved := false;
        waiting := 0;
        FOR letter IN
            SELECT d.letter_id
            FROM seamerge.dead_letter AS d
            WHERE d.pipeline = of_pipeline
              AND d.sqlstate = '23503'
              AND d.superseded_at IS NULL
              AND d.replayed_at IS NULL
            ORDER BY d.letter_id
        LOOP
            BEGIN
                IF seamerge.replay(letter) THEN
                    replayed := replayed + 1;
                    moved := true;
                END IF;
            EXCEPTION
                WHEN foreign_key_violation THEN
                    waiting := waiting + 1;
                WHEN integrity_constraint_violation OR data_exception THEN
                    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, reason = MESSAGE_TEXT;
                    UPDATE seamerge.dead_letter AS d
                    SET sqlstate = state, message = reason
                    WHERE d.letter_id = letter;
            END;
        END LOOP;
    END LOOP;
END
$waiting$
