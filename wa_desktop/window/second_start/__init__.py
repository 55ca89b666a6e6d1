"""A second start of the window: it brings the first to the front, and hands its files over."""
