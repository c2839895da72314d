"""What uvicorn is told."""

from typing import Any, Final

from app.core.serving.graphql_ws import GraphQLSocket
from app.core.serving.http import HttpProtocol

# For `uvicorn.run` or `uvicorn.Config`, beside the application.
OPTIONS: Final[dict[str, Any]] = {
    "http": HttpProtocol,
    "ws": GraphQLSocket,
    "log_config": None,
    "server_header": False,
}
