"""What runs the code of a `CodeAgent`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any

import PIL.Image
from smolagents import AgentLogger, Tool
from smolagents.local_python_executor import CodeOutput
from smolagents.remote_executors import RemotePythonExecutor
from smolagents.utils import AgentError

from ..files import MOST_BYTES

if TYPE_CHECKING:
    from ... import ExecuteCodeResponse, InterpreterSession

INSTALL_SECONDS = 600
"""How long an installation of packages may take."""

# The last line of a traceback, which the serialized answer ends: it has no newline in it.
_ANSWER = re.compile(r"FinalAnswerException: ((?:safe|pickle):.*)\Z")
_IS_ANSWER = re.compile(r"[\w.<>]*FinalAnswerException\b")
_ANSWER_FILE = ".final_answer"
# Of an answer that is longer than a traceback may be: as every interactive Python, it keeps the last error.
_WRITE_ANSWER = f"import sys\nopen({_ANSWER_FILE!r}, 'w').write(sys.last_value.value)"
_ANY_LEFT = "not globals().keys().isdisjoint({!r})"
_INSTALL = """\
import subprocess, sys
subprocess.run([sys.executable, "-m", "pip", "install", *{!r}], check=True)
"""


class CognitoraExecutor(RemotePythonExecutor):  # type: ignore[misc]  # smolagents has no types
    """Runs the code of a `CodeAgent` in a session: `CodeAgent(..., executor=CognitoraExecutor(session))`.

    Variables, imports, files and installed packages stay from step to step. Where they are lost, since code
    ran out of memory, say, the agent's tools and the variables that it was given are sent anew.
    `agent.cleanup()`, or the end of a `with agent:` block, deletes the session.
    """

    def __init__(
        self,
        session: InterpreterSession,
        additional_imports: Sequence[str] = (),
        logger: AgentLogger | None = None,
        *,
        allow_pickle: bool = False,
        timeout_seconds: int = 60,
        networking: bool | None = None,
    ) -> None:
        """Installs what is to be installed.

        Args:
            session: A session of Python that is open.
            additional_imports: Packages to install, as pip takes them. Installing needs the network.
            logger: What tells of it; by default a logger of smolagents' own.
            allow_pickle: Whether variables and answers that aren't plain data may be pickled. A pickle that
                comes from a sandbox can run any code here.
            timeout_seconds: How long the code of a step may run, in seconds.
            networking: Whether code may reach the internet; None means True.

        Raises:
            AgentError: A package could not be installed.
            CognitoraError: A call failed.
        """
        super().__init__(list(additional_imports), logger or AgentLogger(), allow_pickle)
        self.session = session
        self.pictures: list[PIL.Image.Image] = []
        """What the last code has shown, for a callback that gives it to the model."""
        self._timeout_seconds = timeout_seconds
        self._networking = networking
        self._tools: dict[str, Tool] = {}
        self._variables: dict[str, Any] = {}
        self._unsure = self._lost = False  # whether they may be, or are, gone from the session
        self.installed_packages = self.install_packages(self.additional_imports)

    def run_code_raise_errors(self, code: str) -> CodeOutput:
        """Runs code in the session.

        Args:
            code: The code.

        Returns:
            The value of its last expression as text, else the pictures that it has shown (one as it is,
            several as a list); what it printed; and whether it has given the final answer.

        Raises:
            AgentError: The code failed, or ran into its time-out; with what it had printed.
            CognitoraError: The call failed.
        """
        return self._run(code, self._timeout_seconds)

    def install_packages(self, additional_imports: list[str]) -> list[str]:
        """Installs packages in the session, for it alone.

        Args:
            additional_imports: Their names, with versions or without, as pip takes them.

        Returns:
            The same.

        Raises:
            AgentError: pip failed; with what it said.
        """
        if additional_imports:
            output = self._run(_INSTALL.format(additional_imports), INSTALL_SECONDS)
            self.logger.log(output.logs)
        return additional_imports

    def send_tools(self, tools: dict[str, Tool]) -> None:
        """Defines tools in the session, and installs what they need.

        Args:
            tools: The tools, by their names.

        Raises:
            AgentError: A package could not be installed, or the tools' code failed.
            CognitoraError: A call failed.
        """
        super().send_tools(tools)
        self._tools |= tools

    def send_variables(self, variables: dict[str, Any]) -> None:
        """Sets variables in the session.

        Args:
            variables: Their values, by their names.

        Raises:
            SerializationError: One isn't plain data.
            CognitoraError: A call failed.
        """
        super().send_variables(variables)
        self._variables |= variables

    def cleanup(self) -> None:
        """Deletes the session; agents call it at their end."""
        self.session.close()

    def _run(self, code: str, seconds: int) -> CodeOutput:
        if self._lost or (self._unsure and self._is_lost()):
            self._send_anew()
        self._unsure = True  # whoever fails may have taken the state along
        result = self.session.run_python(code, timeout_seconds=seconds, networking=self._networking)
        self._unsure = not result.ok
        self.pictures = _pictures(result)
        logs = "".join(
            str(output.data)
            for output in result.data.outputs
            if output.type in ("stdout", "stderr")
        )
        if result.ok:
            return CodeOutput(_value(result, self.pictures), logs, is_final_answer=False)
        if _is_answer(result):
            return CodeOutput(self._answer(result), logs, is_final_answer=True)
        raise AgentError("\n".join(filter(None, [logs.rstrip("\n"), result.error])), self.logger)

    def _is_lost(self) -> bool:
        """Whether all that was sent is gone; code that takes away a name or two isn't meddled with."""
        sent = [*self._tools, *self._variables]
        found = self.session.run_python(_ANY_LEFT.format(sent), networking=False)
        return bool(sent) and found.text != "True"

    def _send_anew(self) -> None:
        self._unsure = False
        self._lost = False
        try:
            super().send_variables(self._variables)
            super().send_tools(self._tools)
        except BaseException:
            self._lost = True
            raise

    def _answer(self, result: ExecuteCodeResponse) -> Any:
        tracebacks = [str(output.data) for output in result.data.outputs if output.type == "error"]
        found = _ANSWER.search("".join(tracebacks[-1:]).rstrip("\n"))
        return self._deserialize_final_answer(
            found[1] if found else self._long_answer(), self.allow_pickle
        )

    def _patch_final_answer_with_exception(self, final_answer_tool: Any) -> None:
        """Lets the tool raise the answer, as smolagents does it, but once: else it would call itself.

        What its source imports is taken for needed, and installed. It imports these two where they are.
        """
        if hasattr(final_answer_tool, "_forward"):
            return
        super()._patch_final_answer_with_exception(final_answer_tool)
        forward = type(final_answer_tool).forward
        source = forward.__source__.replace("import numpy as np", 'np = __import__("numpy")')
        forward.__source__ = source.replace("import PIL.Image", 'PIL = __import__("PIL.Image")')

    def _long_answer(self) -> str:
        self.session.run_python(_WRITE_ANSWER, networking=False).raise_for_error()
        path = self.session.path(_ANSWER_FILE)
        answer = path.read_text(max_bytes=MOST_BYTES)
        path.unlink()
        return answer


def _is_answer(result: ExecuteCodeResponse) -> bool:
    """Whether what has ended the code is the exception by which smolagents hands over the final answer."""
    return any(_IS_ANSWER.match(reason) for reason in result.errors or ())


def _value(result: ExecuteCodeResponse, pictures: list[PIL.Image.Image]) -> Any:
    values = [output for output in result.data.outputs if output.type == "execution_result"]
    if values and not (pictures and _is_picture(values[-1].mime_bundle)):
        return result.text
    return pictures[0] if len(pictures) == 1 else pictures or None


def _is_picture(bundle: Any) -> bool:
    return bundle is not None and any(str(kind).startswith("image/") for kind in bundle)


def _pictures(result: ExecuteCodeResponse) -> list[PIL.Image.Image]:
    """Those that PIL can read, which are all but drawings in SVG."""
    drawn = [image for image in result.images if image.media_type != "image/svg+xml"]
    return [PIL.Image.open(BytesIO(image.data)) for image in drawn]
