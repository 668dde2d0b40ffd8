"""Turns what goes wrong on the network into the error that the caller sees."""

from __future__ import annotations

import ssl

from ..deadline import Deadline
from ..errors import APIConnectionError, APITimeoutError, CognitoraError, InvalidRequestError
from .proxies import proxy_for
from .types import (
    ConnectError,
    ConnectTimeout,
    ExchangeTimeout,
    ProxyError,
    UnsendableError,
)


def from_network(error: Exception, base_url: str, deadline: Deadline) -> CognitoraError:
    """The error for an exchange that broke; it keeps the reason as text, and no exception beside it.

    What has failed by itself, such as the file that is sent, is told in its own words.

    Args:
        error: What was raised.
        base_url: Where the request was going.
        deadline: Of the call.
    """
    if isinstance(error, CognitoraError):
        return error
    if isinstance(error, UnsendableError):
        return InvalidRequestError(f"The request can't be sent: {error}.")
    sent = not isinstance(error, ConnectError)
    if isinstance(error, ConnectTimeout | ExchangeTimeout) and deadline.remaining() <= 0:
        return _timeout(base_url, deadline, sent=sent)
    if sent:
        return APIConnectionError(
            f"The connection to {base_url} broke before the answer was complete: {reason(error)}.",
            is_retryable=True,
            may_have_run=True,
        )
    if isinstance(error, ConnectTimeout):
        return APIConnectionError(
            f"{base_url} did not take the connection in time. Check base_url (COGNITORA_BASE_URL), "
            "the network and its firewalls.",
            is_retryable=True,
        )
    if isinstance(error, ProxyError):
        return APIConnectionError(
            f"The proxy on the way to {base_url} refused: {reason(error)}. Check HTTPS_PROXY, "
            "HTTP_PROXY and NO_PROXY.",
            is_retryable=True,
        )
    certificate = certificate_error(error)
    if certificate:
        return APIConnectionError(
            f"The certificate of {base_url} is not trusted: {certificate}. Check base_url; for an "
            "authority of your own set SSL_CERT_FILE."
        )
    proxy = proxy_for(base_url)
    if proxy is not None:
        return APIConnectionError(
            f"No connection to {base_url} through the proxy {proxy.url}: {reason(error)}. Check "
            "HTTPS_PROXY, HTTP_PROXY and NO_PROXY, and base_url (COGNITORA_BASE_URL).",
            is_retryable=True,
        )
    return APIConnectionError(
        f"No connection to {base_url}: {reason(error)}. Check base_url (COGNITORA_BASE_URL), and "
        "that a server is running there.",
        is_retryable=True,
    )


def _timeout(base_url: str, deadline: Deadline, *, sent: bool) -> APITimeoutError:
    return APITimeoutError(
        deadline.unanswered(base_url),
        is_retryable=True,
        may_have_run=sent,
    )


def reason(error: BaseException) -> str:
    """The first words that an error, or what caused it, has to say."""
    deepest = error
    for cause in chain(error):
        if isinstance(cause, ssl.SSLError | OSError) and str(cause):
            deepest = cause
    return str(deepest).rstrip(".") or type(error).__name__


def certificate_error(error: BaseException) -> str | None:
    """What is wrong with the server's certificate; None if that isn't the trouble."""
    for cause in chain(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return cause.verify_message or str(cause)
    return None


def chain(error: BaseException) -> list[BaseException]:
    """An error and what led to it, the members of groups too, outermost first."""
    found: list[BaseException] = []
    waiting: list[BaseException | None] = [error]
    while waiting:
        link = waiting.pop(0)
        if link is None or link in found:
            continue
        found.append(link)
        waiting += [link.__cause__, link.__context__]
        if isinstance(link, BaseExceptionGroup):
            waiting += link.exceptions
    return found
