"""What is promised of speed and quality, measured. Run `python -m benchmarks NAME`."""
