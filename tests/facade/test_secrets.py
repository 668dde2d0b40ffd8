"""The key is in no repr, log, error, traceback or pickle."""

from __future__ import annotations

import logging
import os
import pickle
import sys
import traceback
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from itertools import count
from time import thread_time
from types import FrameType
from typing import Any

import pytest

from cognitora import Cognitora, CognitoraAsync, CognitoraError, ExecuteCodeRequest
from cognitora._http.types import Request
from cognitora.config import Config
from cognitora_openapi.secret import Secret
from tests.facade.answers import executed
from tests.facade.conftest import KEY, MakeClient
from tests.facade.server import Received, Server, raw, reply

ESCAPED = "".join(f"\\u{ord(letter):04x}" for letter in KEY).encode()
ECHOING = {
    "in a message": reply(400, {"error": f"The key {KEY} is odd."}),
    "escaped": reply(
        400,
        body=b'{"error": {"message": "%s", "code": "%s"}, "%s": ["%s"]}' % ((ESCAPED,) * 4),
    ),
    "escaped in a success": reply(200, body=b'{"data": "%s"}' % ESCAPED),
    "in a page": reply(502, body=f"<title>Bearer {KEY}</title>".encode()),
    "in a success": reply(200, body=f"Bearer {KEY}".encode()),
    "in a redirect": reply(302, headers={"Location": f"https://other.example/?key={KEY}"}),
    "in a header": reply(400, headers={"X-Request-Id": KEY}),
    "in a header of a success": reply(200, body=b"no", headers={"X-Request-Id": KEY}),
    "in base64": reply(400, {"error": b64encode(f"Bearer {KEY}".encode()).decode()}),
    "in part": reply(403, {"error": f"The key {KEY[:24]}… is odd."}),
    "cut off": raw(f"HTTP/1.1 200 {KEY}\r\nX: ".encode()),
    "in no HTTP": raw(f"{KEY}\r\n\r\n".encode()),
    "reset": raw(b"", reset=True),
}
HINTS = (KEY, KEY[4:18], b64encode(f"Bearer {KEY}".encode()).decode()[12:30])
"""What of the key may not show, of all that these servers echo."""


def everything(error: BaseException) -> str:
    """All that a tool could show of an error, the local variables of each frame included."""
    report = traceback.TracebackException.from_exception(error, capture_locals=True)
    shown = "".join(report.format())
    return shown + repr(error) + str(vars(error)) + repr(pickle.dumps(error))


@pytest.mark.usefixtures("no_pauses")
@pytest.mark.parametrize("answer", ECHOING.values(), ids=ECHOING)
def test_an_error_does_not_show_the_key(
    client: Any, server: Server, answer: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.otherwise = answer
    with pytest.raises(CognitoraError) as raised:
        client.code_interpreter.get_session("ses_1")
    shown = everything(raised.value)
    assert server.last.headers["authorization"] == f"Bearer {KEY}"
    # The test's own frame knows the server, which knows the key: only the SDK's frames count.
    frames = shown.partition("cognitora/_")[2]
    assert frames
    assert not any(hint in frames for hint in HINTS)
    ours = "".join(r.getMessage() for r in caplog.records if r.name.startswith("cognitora"))
    assert ours
    assert not any(hint in ours for hint in HINTS)


def test_an_address_with_no_server_does_not_show_the_key(
    make_client: MakeClient, unused_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(CognitoraError) as raised:
        make_client(unused_url).containers.update_container("c", 5)
    assert KEY not in everything(raised.value).partition("cognitora/_")[2]
    assert KEY not in caplog.text


def test_a_good_call_logs_no_key(
    client: Any, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.answers(executed())
    client.code_interpreter.execute("1")
    assert "execute_code" in caplog.text
    assert KEY not in caplog.text


def test_no_object_shows_the_key(client: Any, server: Server) -> None:
    server.answers(executed())
    result = client.code_interpreter.execute(ExecuteCodeRequest("1"))
    base = getattr(client, "inner", client)._client
    objects = [client, client.code_interpreter, client.containers, client.api, base, base.config]
    objects += [vars(base), base._transport, client.api.get_httpx_client.__self__, result]
    assert [thing for thing in objects if KEY in repr(thing)] == []


def test_a_secret_is_neither_shown_nor_pickled() -> None:
    secret = Secret(KEY)
    assert KEY not in f"{secret!r} {secret!s} {secret}"
    with pytest.raises(TypeError):
        pickle.dumps(secret)
    assert KEY not in repr(Config.read(Secret(KEY)))
    request = Request("GET", "http://x", {"Authorization": f"Bearer {KEY}"})
    assert KEY not in repr(request)


@pytest.mark.parametrize("kind", [Cognitora, CognitoraAsync])
@pytest.mark.parametrize(
    ("key", "options"),
    [
        (KEY, {"timeout": -1}),
        (KEY, {"base_url": "nowhere"}),
        (KEY, {"timeout": "soon"}),
        (f"{KEY} {KEY}", {}),
    ],
)
def test_settings_that_are_refused_do_not_show_the_key(
    kind: Any, key: str, options: dict[str, Any]
) -> None:
    with pytest.raises(CognitoraError) as raised:
        kind(key, **options)
    frames = everything(raised.value).partition("cognitora/_")[2]
    assert "config.py" in frames
    assert KEY not in frames


@pytest.mark.parametrize(
    "echo",
    [
        "cgk_a/b+0123",
        "cgk_a/b+01",
        "gk_a/b+012",
        r"cgk_a\/b+0123",
        r"cgk_a\\\/b+0123",
        r"cgk_a\u002fb\u002B0123",
        "cgk_a%2Fb%2b0123",
        "cgk_a&#x2F;b&#43;0123",
        "cgk_a&amp;#x2F;b%252B0123",
        r"\x63gk_a/b+0123",
        "Y2drX2EvYiswMTIz",
        "Y2drX2EvYiswMTIz".replace("/", "%2F").replace("y", r"\u0079"),
    ],
)
def test_a_key_is_hidden_however_it_is_escaped(echo: str) -> None:
    assert Secret("cgk_a/b+0123").hide(f'"{echo}"!') == '"***"!'


@pytest.mark.parametrize("scheme", ["", "Bearer ", "x:", "Basic u:"])
@pytest.mark.parametrize("encode", [b64encode, urlsafe_b64encode])
def test_a_key_is_hidden_in_base64_wherever_it_stands(
    scheme: str, encode: Callable[[bytes], bytes]
) -> None:
    key = "cgk_~~~???>>>0123456789"
    echo = encode(f"{scheme}{key}:{scheme}".encode()).decode()
    shown = Secret(key).hide(f"It was {echo}.")
    before, after = shown.removeprefix("It was ").removesuffix(".").split("***")
    # At either end stand the bits of what is around it, and less than a letter of the key's.
    assert len(before) * 6 - len(scheme) * 8 < 8
    assert len(after.rstrip("=")) * 6 - len(f":{scheme}") * 8 < 8
    assert echo.startswith(before)
    assert echo.endswith(after)


def test_hiding_takes_no_longer_the_odder_the_text_is() -> None:
    """What was quadratic took 11 s for 20,000 backslashes, and hours for what an answer may hold."""
    secret = Secret(KEY)
    began = thread_time()
    for odd in ("\\", "%", "%25", "&#0", "&amp;", "&#" + "0" * 1000, KEY[:9], "\\u0063", "x"):
        text = odd * (200_000 // len(odd))
        assert secret.hide(text) == text
    assert thread_time() - began < 10


def test_a_key_too_short_to_be_one_garbles_no_text() -> None:
    assert Secret("e").hide("the sentence") == "the sentence"


@pytest.mark.parametrize("words", ["cognitora_", "cognitora_sandbox_live_", "sk-project-"])
def test_the_words_that_a_key_begins_with_are_shown(words: str) -> None:
    secret = Secret(f"{words}8Xq_2-kPw9Zr4")
    text = f"`cognitora_openapi` has no cognitora_sandbox_live_, nor sk-project-; {words}"
    assert secret.hide(text) == text
    assert secret.hide(f"{words}8Xq_2-kPw9Zr4") == "***"
    assert secret.hide("It was 8Xq_2-kPw9.") == "It was ***."


def test_a_few_letters_of_a_key_may_tell_it_from_others() -> None:
    assert Secret(KEY).hide(f"The key {KEY[:9]}…{KEY[-4:]} has expired.").count("*") == 0


def test_the_key_goes_nowhere_but_to_the_base_url(make_client: MakeClient, server: Server) -> None:
    other = Server()
    server.answers(reply(307, headers={"Location": other.url}))
    with pytest.raises(CognitoraError):
        make_client(server.url).code_interpreter.execute("1")
    assert other.received == []
    other.close()


def test_the_recorded_request_is_what_the_tests_read() -> None:
    assert Received("GET", "/a?b=c", {}, b"", 1).query == {"b": "c"}


@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)  # sockets: no matter here
def test_an_interrupt_shows_no_key_wherever_it_comes(server: Server) -> None:
    server.otherwise = executed()
    apart(interrupt_at_every_step, server.url)


def interrupt_at_every_step(url: str) -> None:
    with Cognitora(KEY, url, 5) as client:
        client.code_interpreter.execute("1")  # what is done once is done
        step = 0
        for step in count(1):
            interrupt = interrupted_at(step, partial(client.code_interpreter.execute, "1"))
            if interrupt is None:
                break
            shown = list(variables(interrupt))
            assert not any(hint in text for text in shown for hint in HINTS), step
    assert step > 100


def apart(check: Callable[..., None], *arguments: Any) -> None:
    """In a process of its own: what is raised between two instructions leaves things behind."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            check(*arguments)
            status = 0
        except BaseException:  # noqa: BLE001 - the status tells, and nothing may leave this process
            traceback.print_exc()
        finally:
            os._exit(status)
    assert os.waitpid(child, 0)[1] == 0


def variables(error: BaseException) -> Iterator[str]:
    """The local variables of all frames that an error has come through."""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        for value in frame.f_locals.values():
            with suppress(AttributeError):  # it is only being made
                yield repr(value)


def interrupted_at(step: int, call: Callable[[], object]) -> KeyboardInterrupt | None:
    """Calls, with a Ctrl-C at the nth step in the SDK; None if the call has fewer."""
    left = step

    def trace(frame: FrameType, event: str, _: object) -> Any:
        nonlocal left
        if "/cognitora/_" not in frame.f_code.co_filename:
            return None
        if event in ("call", "line"):
            left -= 1
            if left == 0:
                raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    except KeyboardInterrupt as interrupt:
        return interrupt
    finally:
        sys.settrace(before)
    # One that came while garbage was collected, of earlier tests perhaps, has ended there.
    return None if left > 0 else KeyboardInterrupt()
