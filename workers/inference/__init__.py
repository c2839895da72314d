"""Speech and language models: the only package that loads a model."""
