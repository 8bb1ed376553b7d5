"""A pack as its author wrote it: YAML with its lines, and every mistake told."""
