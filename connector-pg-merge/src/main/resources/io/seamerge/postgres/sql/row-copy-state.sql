-- Of keys that nobody has: one that is in the state, or comes twice, is refused.
COPY ${state} (${key}, "~source", "~merged_time", "~incarnation", "~time", "~row", "~deleted") FROM STDIN${format}
