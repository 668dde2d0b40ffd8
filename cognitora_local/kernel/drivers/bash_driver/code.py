"""The text that goes around the user's code."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .shell import Report

INTERRUPT = "\\builtin trap '\\builtin exit 130' INT"
"""It unwinds whatever runs; the session goes on in the copy that every exit leaves."""


def refusal(code: str, names: list[str]) -> str | None:
    """Why Bash can't run this with variables of these names, if it can't."""
    if "\0" in code:
        return "The code has a NUL character in it, which Bash can't read. Remove it."
    for name in names:
        if not (name.isascii() and name.isidentifier()):
            return f"Bash has no variables with a name like {name[:80]!r}. Choose another."
    return None


def preparation(variables: dict[str, str], before: Report) -> str:
    """What comes before the code, unseen: interrupts, variables, and the options put back."""
    commands = [INTERRUPT]
    for name, value in variables.items():  # unset first: a list would stay one
        commands.append(f"\\builtin unset -v {name} 2>/dev/null")
        commands.append(f"\\builtin export {name}={quoted(value)}")
    if options := [option for option in "em" if option in before.options]:
        commands.append(f"\\builtin set -{''.join(options)}")
    return "; ".join(commands)


def prepared(code: str, before: Report) -> str:
    """The code as one word, after tracing and traps have been put back.

    That happens in the code's own first line, since they would tell of all that comes after them.
    """
    commands = [f"\\builtin set -{option}; " for option in "vx" if option in before.options]
    commands += [f"\\builtin {on_one_line(trap)}; " for trap in before.traps]
    restored = f"{{ {''.join(commands)}}} 2>/dev/null; {code}" if commands else code
    return on_one_line(quoted(restored))  # bash counts its lines from that of `eval`


def on_exit(command: str, status: int) -> str:
    """What a trap on EXIT runs, given the command that set it; with $? as it is there."""
    words = command.removeprefix("trap -- ").removesuffix(" EXIT")
    return f'\\builtin eval "$(\\builtin exit {status})" {words}'


def sets_exit_trap(code: str) -> bool:
    """Whether it may. Then bash will run that trap, and end, where it exits."""
    return "trap" in code and ("EXIT" in code or " 0" in code)


def question(names: list[str]) -> str:
    """Code that tells what these variables are, for `restoring`."""
    tell = "\\builtin printf '\\3' >&9"
    asks = [f"\\builtin declare -p {name} >&9; {tell}" for name in names]
    return f'{{ {"; ".join(asks)}; }} 9>|"/proc/$PPID/fd/703" 2>/dev/null'


def restoring(variables: dict[str, str], answer: str) -> str:
    """Code that gives variables back what they had, but for those that have been changed since."""
    lines = []
    for (name, value), before in zip(variables.items(), answer.split("\3"), strict=False):
        restore = before.strip() or ":"
        lines.append(
            f"if [[ ${{{name}-}} == {quoted(value)} ]]; then "
            f"\\builtin unset -v {name}; {restore}\nfi"
        )
    return "{ " + "\n".join(lines) + "\n} 2>/dev/null"


def on_one_line(command: str) -> str:
    """A command as `trap -p` tells it: what it has of line breaks is within quotation marks."""
    return command.replace("\n", "'$'\\n''")


def quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
