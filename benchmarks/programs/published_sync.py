from clock import CODE, address, numbers, one_by_one

from cognitora import Cognitora

client = Cognitora("key", address())
assert client.code_interpreter.execute(CODE).data.outputs[0].data == "Hello\n"
one_by_one(lambda: client.code_interpreter.execute(CODE), *numbers())
