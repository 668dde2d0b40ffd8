from clock import each, numbers
from jupyter_client.manager import start_new_kernel

manager, client = start_new_kernel()
try:
    each(lambda: client.execute_interactive("x = 1\nx + 1", output_hook=lambda _: None), *numbers())
finally:
    client.stop_channels()
    manager.shutdown_kernel(now=True)
