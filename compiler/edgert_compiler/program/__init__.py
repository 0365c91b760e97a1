"""The kernel program: its classes, its checker and its passes."""
