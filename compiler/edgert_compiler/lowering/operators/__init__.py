"""How operators become kernel calls: one file each, found by `lowering/registry.py`."""
