"""Small recordings for tests that don't listen to them."""

import io
import wave


def wav(seconds: float = 0.5, *, rate: int = 8000) -> bytes:
    """Silence in a wav container, mono."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(bytes(int(seconds * rate) * 2))
    return file.getvalue()
