"""Where the client's settings come from: its arguments, else the environment, else a default."""

from __future__ import annotations

import os
import warnings
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from cognitora_openapi.seconds import USUAL_SECONDS
from cognitora_openapi.secret import Secret
from cognitora_openapi.shown import shown

from .errors import InvalidRequestError
from .hosts import ascii_host, is_loopback
from .numbers import positive_seconds

DEFAULT_BASE_URL = "https://api.cognitora.dev"
DEFAULT_TIMEOUT = USUAL_SECONDS

IN_PATHS = "/%:@!$&'()*+,;=~"


@dataclass(frozen=True, slots=True)
class Config:
    """The settings of one client.

    Attributes:
        key: The API key.
        base_url: Scheme, host and perhaps a path, with no slash at the end.
        timeout: Seconds that a call which runs no code may take in all.
    """

    key: Secret
    base_url: str
    timeout: float

    @classmethod
    def read(
        cls,
        api_key: Secret | None = None,
        base_url: str | None = None,
        timeout: float | None = None,
    ) -> Config:
        """Puts the settings together.

        Args:
            api_key: Else `COGNITORA_API_KEY`.
            base_url: Else `COGNITORA_BASE_URL`, else `https://api.cognitora.dev`.
            timeout: Seconds; else `COGNITORA_TIMEOUT`, else 30.

        Raises:
            InvalidRequestError: There is no key, or one of them can't be right.
        """
        config = cls(
            key=_key(api_key or Secret(os.environ.get("COGNITORA_API_KEY") or "")),
            base_url=_url(base_url or os.environ.get("COGNITORA_BASE_URL") or DEFAULT_BASE_URL),
            timeout=_timeout(timeout),
        )
        if _is_open_to_all(config.base_url):
            warnings.warn(
                f"base_url {config.base_url!r} is plain http: the API key and all code travel "
                "unencrypted, for anyone on the way to read. Use https.",
                stacklevel=3,  # where the client is made
            )
        return config


def is_local() -> bool:
    """Whether programs that are told of no place make sandboxes on this machine: where there is no key."""
    return not os.environ.get("COGNITORA_API_KEY")


def remote_place() -> str:
    """Where they are made elsewhere: `cloud`, or the address that `COGNITORA_BASE_URL` names."""
    url = _url(os.environ.get("COGNITORA_BASE_URL") or DEFAULT_BASE_URL)
    return "cloud" if url == DEFAULT_BASE_URL else url


def _key(given: Secret) -> Secret:
    if not given.reveal():
        raise InvalidRequestError(
            "There is no API key. Pass api_key=…, set COGNITORA_API_KEY, or use "
            "Cognitora.local(), which needs none."
        )
    secret = given.usable()
    if not secret.reveal():
        raise InvalidRequestError("The API key is blank. Pass api_key=… or set COGNITORA_API_KEY.")
    return secret


def _url(text: str) -> str:
    if not isinstance(text, str):
        raise InvalidRequestError("base_url must be a string such as 'https://api.cognitora.dev'.")
    advice = "Give it as in 'https://api.cognitora.dev' or 'http://127.0.0.1:8080'."
    text = text.strip()  # a file or a shell leaves a line end behind
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise InvalidRequestError(f"base_url can't be read. {advice}") from None
    if parts.username is not None or parts.password is not None:
        # Not quoted: what stands there is a secret.
        raise InvalidRequestError(f"base_url must hold no user name or password. {advice}")
    host = ascii_host(parts.hostname or "")
    if parts.scheme not in ("http", "https") or not host or port == 0:
        raise InvalidRequestError(f"base_url {shown(text)} is no HTTP address. {advice}")
    if parts.query or parts.fragment or not text.isprintable() or " " in text:
        raise InvalidRequestError(
            f"base_url {shown(text)} must end before '?', '#' or blanks. {advice}"
        )
    place = host if port is None else f"{host}:{port}"
    return f"{parts.scheme}://{place}{quote(parts.path.rstrip('/'), safe=IN_PATHS)}"


def _is_open_to_all(base_url: str) -> bool:
    parts = urlsplit(base_url)
    if parts.scheme != "http":
        return False
    return not is_loopback(parts.hostname or "")


def _timeout(value: float | None) -> float:
    if value is not None:
        return positive_seconds("timeout", value)
    text = os.environ.get("COGNITORA_TIMEOUT")
    if not text:
        return DEFAULT_TIMEOUT
    try:
        return positive_seconds("COGNITORA_TIMEOUT", float(text))
    except ValueError:
        raise InvalidRequestError(
            f"COGNITORA_TIMEOUT must be a number of seconds above 0, not {shown(text)}."
        ) from None
