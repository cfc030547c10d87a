CREATE TABLE ${target} (
    ${definitions}
)
