from clock import CODE, address, numbers, sustained

from cognitora import Cognitora

with Cognitora("key", address()) as client:

    def call() -> None:
        result = client.code_interpreter.execute(CODE, networking=False)
        assert result.stdout == "Hello\n"

    sustained(call, *numbers())
