"""The rule language: read, resolved, evaluated over frames, put in words."""
