"""An engine's turns by hand: claims, draws, outcomes, and what comes late."""
