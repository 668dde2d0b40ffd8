import time

from clock import address, each, numbers

from cognitora import Cognitora

CODE = "import matplotlib.pyplot as plt\nplt.plot([1, 4, 9])\nplt.show()"

with Cognitora("key", address()) as client:

    def call() -> None:
        assert client.code_interpreter.execute(CODE, networking=False).images

    each(call, *numbers(), between=lambda: time.sleep(0.2))
