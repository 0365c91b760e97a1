"""What runs the cases: a file each, found by itself."""
