"""Secrets: hashing of opaque tokens, and sealing of bytes with a key of their own."""

import hashlib
import secrets

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12


def new_token() -> str:
    """An opaque token of 256 bits."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> bytes:
    """How a token is stored. It has 256 random bits, so a plain hash can't be guessed."""
    return hashlib.sha256(token.encode()).digest()


def new_key() -> bytes:
    """A key for `seal`, of 256 bits."""
    return AESGCM.generate_key(256)


def seal(key: bytes, data: bytes, purpose: bytes = b"") -> bytes:
    """AES-256-GCM: nonce, then ciphertext with its tag. It opens for the same purpose only."""
    nonce = secrets.token_bytes(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, data, purpose)


def unseal(key: bytes, sealed: bytes, purpose: bytes = b"") -> bytes:
    """What was sealed; `InvalidTag` if key or purpose is another or the bytes were changed."""
    return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], purpose)
