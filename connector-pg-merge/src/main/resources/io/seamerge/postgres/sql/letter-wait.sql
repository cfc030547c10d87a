SELECT replayed, waiting FROM seamerge.replay_waiting(:pipeline)
