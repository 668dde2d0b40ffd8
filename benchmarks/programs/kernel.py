from clock import each, numbers
from jupyter_client.manager import start_new_kernel  # pyright: ignore[reportMissingImports]

manager, client = start_new_kernel()


def call() -> None:
    """The bare round trip: the request, its reply, and the outputs until the kernel is idle."""
    request = client.execute("x = 1\nx + 1")
    while client.get_shell_msg()["parent_header"].get("msg_id") != request:
        pass
    while True:
        message = client.get_iopub_msg()
        ours = message["parent_header"].get("msg_id") == request
        if ours and message["content"].get("execution_state") == "idle":
            return


try:
    each(call, *numbers())
finally:
    client.stop_channels()
    manager.shutdown_kernel(now=True)
