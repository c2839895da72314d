"""What a generated operation may name: ids, cursors and words that exist."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Material:
    """The data as one viewer finds it.

    `visible` and `real` are global ids by the name of their type: what this viewer sees, and
    what there is. `cursors` are by the list's coordinate, such as `Query.studySessions`;
    `named` are values by type and argument, of those that tell an object of it by no id.
    """

    visible: Mapping[str, Sequence[str]] = field(default_factory=dict)
    real: Mapping[str, Sequence[str]] = field(default_factory=dict)
    cursors: Mapping[str, Sequence[str]] = field(default_factory=dict)
    texts: Sequence[str] = ()
    named: Mapping[tuple[str, str], Sequence[str]] = field(default_factory=dict)
