"""Every setting of the program, read once from the environment."""

import os
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field, PositiveInt, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.core.identity.settings import ProviderSettings


def _default_data_dir() -> Path:
    """Where models and the embedded services keep their files.

    Embedded PostgreSQL drops root's rights and must still reach its folder, so root's
    home is no place for it.
    """
    if os.geteuid() == 0:
        return Path("/var/lib/lyceum")
    base = os.environ.get("XDG_DATA_HOME")
    return (Path(base) if base else Path.home() / ".local" / "share") / "lyceum"


class Settings(BaseSettings):
    """Names carry the prefix `LYCEUM_`; the two service URLs keep their customary names."""

    model_config = SettingsConfigDict(env_prefix="LYCEUM_", extra="ignore", populate_by_name=True)

    environment: Literal["development", "production"] = "development"
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    data_dir: Path = Field(default_factory=_default_data_dir)

    # Empty means: embedded, started by `lyceum dev`.
    database_url: str = Field(default="", validation_alias="DATABASE_URL")
    redis_url: str = Field(default="", validation_alias="REDIS_URL")
    database_pool_size: int = 10
    # Connections for compiled reads, beside those.
    reader_pool_size: int = Field(default=6, ge=1)

    # Empty means: a folder below `data_dir`. Otherwise a store's URL, such as s3://bucket/prefix.
    objects_url: str = ""

    # The largest uploaded file in bytes, and other such sizes by purpose: {"assignment": 20000000}.
    upload_bytes: int = Field(default=10 * 1024 * 1024, ge=1, le=2**31 - 1)
    upload_bytes_by_purpose: dict[str, PositiveInt] = Field(default_factory=dict)

    # The malware scanner that uploaded files are shown to: clamd, by TCP. Without one they aren't
    # scanned, and say so.
    clamd_host: str = ""
    clamd_port: int = Field(default=3310, ge=1, le=65535)
    clamd_timeout: float = Field(default=60.0, gt=0)

    # Practice sessions of which nothing is heard for so long are abandoned.
    practice_idle_minutes: int = Field(default=120, ge=1)

    # Every rate limit, times this.
    limit_scale: float = Field(default=1.0, gt=0)

    # Run registered documents only: see `lyceum documents`.
    trusted_documents_only: bool = False

    secret_key: SecretStr = SecretStr("")
    # What seals stored secrets: `name:key` each, a key being 32 bytes in base64. The first seals,
    # all unseal. Without any, one is made of the secret key.
    master_keys: list[SecretStr] = Field(default_factory=list)
    metrics_token: SecretStr = SecretStr("")
    allowed_origins: list[str] = Field(default_factory=list)

    # Where people may sign in beside here, and where they may come back to: whole addresses.
    oauth_providers: list[ProviderSettings] = Field(default_factory=list)
    oauth_redirect_uris: list[str] = Field(default_factory=list)

    # The server that letters go to, and the sender's address, alone or as `Name <address>`.
    # Without one, development keeps the letters (`lyceum letters`); production doesn't start.
    smtp_host: str = ""
    smtp_port: int = Field(default=587, ge=1, le=65535)
    smtp_tls: Literal["starttls", "tls", "none"] = "starttls"
    smtp_user: str = ""
    smtp_password: SecretStr = SecretStr("")
    smtp_sender: str = ""
    smtp_timeout: float = Field(default=30.0, gt=0)

    # The provider of text messages: a form is posted to the URL, by account and token. Without
    # one, development keeps the messages; production sends none.
    sms_url: str = ""
    sms_account: str = ""
    sms_token: SecretStr = SecretStr("")
    sms_sender: str = ""
    sms_timeout: float = Field(default=30.0, gt=0)

    # Payments by card: the secret key of an account with Stripe, and that of the webhook
    # `/webhooks/stripe`. Without a key no cards are accepted.
    stripe_url: str = "https://api.stripe.com"
    stripe_key: SecretStr = SecretStr("")
    stripe_webhook_secret: SecretStr = SecretStr("")
    stripe_timeout: float = Field(default=20.0, gt=0)

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["json", "console"] = "json"

    whisper_model: str = "whisper-tiny"
    language_model: str = "smollm2-135m-instruct"

    stun_urls: list[str] = Field(default_factory=lambda: ["stun:stun.l.google.com:19302"])
    turn_urls: list[str] = Field(default_factory=list)
    turn_secret: SecretStr = SecretStr("")


@lru_cache
def get_settings() -> Settings:
    """The settings of this process."""
    return Settings()
