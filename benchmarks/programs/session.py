import sys

from clock import address, each

from cognitora import Cognitora

CODE = {"python": "x = 1\nx + 1", "javascript": "let x = 1\nx + 1", "bash": "echo $((1 + 1))"}
language, calls = sys.argv[2], int(sys.argv[3])

with (
    Cognitora("key", address()) as client,
    client.code_interpreter.session(language=language) as session,
):
    assert session.run(CODE[language], networking=False).text.strip() == "2"
    each(lambda: session.run(CODE[language], networking=False), calls)
