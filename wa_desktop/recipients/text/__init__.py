"""Text tables: delimiters, quotes, encodings."""
