"""Kubernetes' API, as far as a cluster itself asks it."""

from __future__ import annotations

import base64
import http.client
import json
import ssl
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit


class Api:
    """The API that a kubeconfig leads to."""

    def __init__(self, kubeconfig: Path) -> None:
        told = json.loads(kubeconfig.read_text("utf-8"))
        cluster = told["clusters"][0]["cluster"]
        authority = base64.b64decode(cluster["certificate-authority-data"]).decode()
        self._address = urlsplit(cluster["server"]).netloc
        self._context = ssl.create_default_context(cadata=authority)
        self._headers = {
            "Authorization": f"Bearer {told['users'][0]['user']['token']}",
            "Content-Type": "application/json",
            "Accept": "application/json",
            "Connection": "close",  # the answer's end is the connection's
        }

    def ask(
        self, path: str, body: object = None, *, timeout: float = 10
    ) -> http.client.HTTPResponse:
        """The answer to a GET, or to a POST of `body`; it may be read line by line.

        Raises:
            OSError: there is none within `timeout` seconds, or it isn't a success.
        """
        connection = http.client.HTTPSConnection(
            self._address, context=self._context, timeout=timeout
        )
        method, content = ("GET", None) if body is None else ("POST", json.dumps(body))
        try:
            connection.request(method, path, content, self._headers)
            answer = connection.getresponse()
            if answer.status // 100 != 2:
                raise OSError(f"{path}: {answer.status} {answer.read()[:200]!r}")
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            if isinstance(error, OSError):
                raise
            raise OSError(f"{path}: {error!r}") from error
        return answer

    def json(self, path: str, body: object = None) -> Any:
        """The same answer, whole and parsed."""
        try:
            with self.ask(path, body) as answer:
                return json.load(answer)
        except http.client.HTTPException as error:  # it broke off
            raise OSError(f"{path}: {error!r}") from error

    def ready(self) -> bool:
        """Whether it answers, and says that it is."""
        try:
            self.ask("/readyz", timeout=2).close()
        except OSError:
            return False
        return True
