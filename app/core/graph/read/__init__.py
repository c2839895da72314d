"""The read engine: one declaration of where data comes from, two executions of it."""
