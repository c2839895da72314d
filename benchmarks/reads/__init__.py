"""How fast reads and writes are, beside other servers and beside what SQL alone can do."""
