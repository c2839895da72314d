"""The live engine: what happens, told to those who listen."""
