"""`python -m app.cli` is `lyceum`."""

from app.cli import main

main()
