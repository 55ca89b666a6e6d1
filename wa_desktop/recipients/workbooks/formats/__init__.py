"""Number formats: the text that a cell shows for its value."""
