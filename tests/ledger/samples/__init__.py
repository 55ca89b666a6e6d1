"""A filled ledger of each schema that was released, as plain SQL for both engines."""
