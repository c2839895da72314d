"""Who asks, as the terms of a statement: one statement serves every viewer of a kind."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, Uuid, bindparam

from app.core.viewer import Viewer

VIEWER_ID = "viewer_id"
AUTH_SESSION_ID = "auth_session_id"
_GIVEN = "given"


def parameter(name: str, kind: Any) -> BindParameter[Any]:
    """An argument as a parameter of a statement: its value comes with each request."""
    return bindparam(name, None, type_=kind)


def call_name(number: int) -> str:
    """What the parameters of a field's arguments begin with."""
    return f"{_GIVEN}{number}"


class Keys:
    """The attributes of a Python object, as the parameters of a statement that reads below it."""

    _PREFIX = f"{_GIVEN}_key_"

    def __getattr__(self, name: str) -> BindParameter[UUID | None]:
        return parameter(self.named(name), Uuid())

    @classmethod
    def named(cls, name: str) -> str:
        """The parameter of an attribute."""
        return f"{cls._PREFIX}{name}"

    @classmethod
    def put(cls, source: Any, names: Iterable[str], values: dict[str, Any]) -> None:
        """Put the values of those parameters that a statement has."""
        for name in names:
            if name.startswith(cls._PREFIX):
                values[name] = getattr(source, name.removeprefix(cls._PREFIX))


def is_parameter(name: str) -> bool:
    """Whether a bound name is a parameter of a statement, rather than a value in it."""
    return name.startswith(_GIVEN) or name in (VIEWER_ID, AUTH_SESSION_ID)


class Terms:
    """An `Asker` whose ids are parameters. What else a policy asks is remembered: it is the kind.

    Two viewers of whom the same questions have the same answers share a statement.
    """

    def __init__(self, viewer: Viewer | None) -> None:
        self._viewer = viewer
        self.answers: dict[str | None, bool] = {}

    @property
    def user_id(self) -> BindParameter[UUID | None]:
        """The viewer's key; null for nobody, so that no comparison holds."""
        value = self._viewer.user_id if self._viewer else None
        return bindparam(VIEWER_ID, value, type_=Uuid())

    @property
    def auth_session_id(self) -> BindParameter[UUID | None]:
        """The key of the signed-in device."""
        value = self._viewer.auth_session_id if self._viewer else None
        return bindparam(AUTH_SESSION_ID, value, type_=Uuid())

    @property
    def signed_in(self) -> bool:
        """Whether there is a viewer."""
        return self._answer(None, given=self._viewer is not None)

    def may(self, permission: str) -> bool:
        """Whether the viewer has a permission."""
        viewer = self._viewer
        return self._answer(permission, given=viewer is not None and viewer.may(permission))

    def _answer(self, question: str | None, *, given: bool) -> bool:
        self.answers[question] = given
        return given


def is_of_kind(viewer: Viewer | None, answers: dict[str | None, bool]) -> bool:
    """Whether the answers that a statement was made for are this viewer's."""
    for question, answer in answers.items():
        if question is None:
            given = viewer is not None
        else:
            given = viewer is not None and viewer.may(question)
        if given is not answer:
            return False
    return True


def parameters_of(viewer: Viewer | None) -> dict[str, Any]:
    """The values of the terms."""
    return {
        VIEWER_ID: viewer.user_id if viewer else None,
        AUTH_SESSION_ID: viewer.auth_session_id if viewer else None,
    }
