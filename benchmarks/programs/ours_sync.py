from clock import CODE, address, numbers, one_by_one

from cognitora import Cognitora

with Cognitora("key", address()) as client:
    assert client.code_interpreter.execute(CODE).stdout == "Hello\n"
    one_by_one(lambda: client.code_interpreter.execute(CODE), *numbers())
