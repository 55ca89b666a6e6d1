"""Long measurements, run by hand: ``python -m tests.bench.NAME``. Each prints a table."""
