"""What keeps the program from starting, told to the person who started it."""


class StartupError(RuntimeError):
    """One clear sentence for the terminal: what is wrong, and what to do about it."""
