"""What goes out: the sheets of a pack laid out as people know them from print, with their live checks."""
