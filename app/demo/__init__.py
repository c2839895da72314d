"""`lyceum demo`: a live study session, played as an outside client would."""

from app.demo.play import run

__all__ = ["run"]
