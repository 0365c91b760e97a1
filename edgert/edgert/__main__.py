"""`python -m edgert` is the command `edgert`."""

from edgert.cli import main

main()
