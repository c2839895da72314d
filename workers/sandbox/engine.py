"""How the interpreter is compiled, and so how it has to be loaded."""

from wasmtime import Config, Engine

# The most that the library allows.
_STACK_BYTES = 2 * 1024 * 1024


def new_engine() -> Engine:
    """An engine whose programs can be interrupted and have a stack of two megabytes."""
    config = Config()
    config.epoch_interruption = True
    config.max_wasm_stack = _STACK_BYTES
    return Engine(config)
