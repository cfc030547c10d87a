CREATE TABLE ${target} (
    ${definitions},
    PRIMARY KEY (${key})
)
