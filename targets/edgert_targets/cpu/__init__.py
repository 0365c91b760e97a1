"""CPU profiles: one file per machine."""
