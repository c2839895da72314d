"""`lyceum models`: what there is, where it lies, and whether it is whole."""

from app.cli.console import Transfers, say
from app.core import weights
from app.core.settings import Settings
from app.core.weights import Purpose


def show(settings: Settings, *, check: bool) -> int:
    """Print a line for each configured model; the exit code is 1 if one isn't usable.

    Without `check`, what is missing or damaged is fetched first.
    """
    models = weights.configured(settings)
    if not check:
        with Transfers() as transfers:
            for purpose, model in models.items():
                weights.ensure(model, transfers, purpose=purpose)
    states = {purpose: _state(model, purpose) for purpose, model in models.items()}
    for purpose, model in models.items():
        say(f"{purpose:<9} {model:<22} {states[purpose]:<10} {weights.path_of(model)}")
    return 0 if all(state == "verified" for state in states.values()) else 1


def _state(model: str, purpose: Purpose) -> str:
    known = weights.KNOWN.get(model)
    if known is None:
        weights.ensure(model, purpose=purpose)
        return "verified"
    path = weights.path_of(model)
    if not path.exists():
        return "missing"
    return "verified" if weights.is_intact(known, path) else "damaged"
