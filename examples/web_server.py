"""A web server in a sandbox, without a network of its own, that a browser on this machine looks at.

With `--open` it is shown in your browser, until you press Enter.
"""

from __future__ import annotations

import argparse
import time
import urllib.error
import urllib.request
import webbrowser

from cognitora import Cognitora, ExposedPort

SERVER = """
import http.server, platform

PAGE = f\"\"\"<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>From a sandbox</title></head>
<body><h1>Hello from Python {platform.python_version()}</h1>
<p id="answer"></p>
<script>fetch("answer").then(got => got.text()).then(text => answer.textContent = text)</script>
</body></html>\"\"\"

class Pages(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = {"/": PAGE, "/answer": "The answer is 42."}.get(self.path)
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", "text/html" if self.path == "/" else "text/plain")
        self.end_headers()
        self.wfile.write((body or "not here").encode())

http.server.ThreadingHTTPServer(("127.0.0.1", 8000), Pages).serve_forever()
"""


def page(port: ExposedPort, seconds: float = 30) -> str:
    """What the server answers, once it listens."""
    end = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(port.url) as answer:
                text: str = answer.read().decode()
                return text
        except (urllib.error.URLError, ConnectionError):
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--open", action="store_true", help="show the page in a browser")
    shown = arguments.parse_args().open

    with Cognitora.local() as client, client.code_interpreter.session() as session:
        session.upload(SERVER.encode(), "server.py")
        session.start(["python3", "server.py"])  # goes on by itself, until the session ends
        port = session.expose(8000)
        print(f"The server is at {port}")
        print(page(port).splitlines()[2])
        if shown:
            webbrowser.open(port.url)
            input("Press Enter to end it. ")


if __name__ == "__main__":
    main()
