"""Files of other kinds that may hold a table, or are taken for one."""
