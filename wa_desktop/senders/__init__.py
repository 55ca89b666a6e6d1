"""How one message leaves: one protocol, one module for each kind of account."""
