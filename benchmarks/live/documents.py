"""What the sockets subscribe to."""

DISTINCT = 50

ROOM = """subscription Room($id: ID!) {
  conversationUpdated(conversationId: $id) {
    __typename
    cursor
    ... on MessageAdded {
      message { id body createdAt sender { id username firstName } }
    }
  }
}"""


def distinct() -> list[str]:
    """Documents about as large as `ROOM`, of which no two select the same."""
    return [_document(number) for number in range(DISTINCT)]


def _document(number: int) -> str:
    message = ["id", f"body{number}: body"]
    message += ["createdAt"] * (number % 2) + ["kind"] * (number // 2 % 2)
    sender = ["id", f"name{number}: firstName"] + ["username"] * (number // 4 % 2)
    return (
        "subscription Room($id: ID!) { conversationUpdated(conversationId: $id) {"
        " __typename cursor ... on MessageAdded {"
        f" message {{ {' '.join(message)} sender {{ {' '.join(sender)} }} }} }} }} }}"
    )
