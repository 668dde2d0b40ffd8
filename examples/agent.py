"""An agent that writes a function, runs its test in a sandbox, and mends it until the test passes.

The model is scripted, so that this runs offline. With `OPENAI_API_KEY` set a real one writes the code:
any that speaks OpenAI's API, at `OPENAI_BASE_URL`, by the name `OPENAI_MODEL`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable

import httpx

from cognitora import Cognitora

TASK = """Write the function `roman(number)`, which gives a number from 1 to 3999 in Roman numerals.
Answer with one block of Python and nothing else."""
TEST = """
from solution import roman

for number, numeral in {1: "I", 4: "IV", 9: "IX", 14: "XIV", 1994: "MCMXCIV", 3999: "MMMCMXCIX"}.items():
    assert roman(number) == numeral, f"roman({number}) is {roman(number)!r}, not {numeral!r}"
print("the test passes")
"""
ATTEMPTS = 5

FIRST = """```python
def roman(number):
    text = ""
    for value, letter in ((1000, "M"), (500, "D"), (100, "C"), (50, "L"), (10, "X"), (5, "V"), (1, "I")):
        text += letter * (number // value)
        number %= value
    return text
```"""
SECOND = """```python
STEPS = {1000: "M", 900: "CM", 500: "D", 400: "CD", 100: "C", 90: "XC",
         50: "L", 40: "XL", 10: "X", 9: "IX", 5: "V", 4: "IV", 1: "I"}

def roman(number):
    text = ""
    for value, letters in STEPS.items():
        text += letters * (number // value)
        number %= value
    return text
```"""

Message = dict[str, str]
Model = Callable[[list[Message]], str]


def scripted(messages: list[Message]) -> str:
    """A model that forgets what is subtracted, and learns it from the test."""
    return SECOND if any("'IIII'" in message["content"] for message in messages) else FIRST


def real(messages: list[Message]) -> str:
    """A model behind OpenAI's API, or one like it."""
    url = os.environ.get("OPENAI_BASE_URL", "https://api.openai.com/v1")
    answer = httpx.post(
        f"{url}/chat/completions",
        headers={"Authorization": f"Bearer {os.environ['OPENAI_API_KEY']}"},
        json={"model": os.environ.get("OPENAI_MODEL", "gpt-4.1-mini"), "messages": messages},
        timeout=120,
    )
    text: str = answer.raise_for_status().json()["choices"][0]["message"]["content"]
    return text


def code_of(answer: str) -> str:
    """The block of code in an answer; all of it where there is none."""
    block = re.search(r"```(?:python)?\n(.*?)```", answer, re.S)
    return block[1] if block else answer


def solve(client: Cognitora, model: Model) -> str:
    """The code that passes the test."""
    messages: list[Message] = [{"role": "user", "content": TASK}]
    with client.code_interpreter.session() as session:
        session.upload(TEST.encode(), "test_solution.py")
        for attempt in range(1, ATTEMPTS + 1):
            answer = model(messages)
            session.upload(code_of(answer).encode(), "solution.py")
            # A process of its own each time: nothing of an earlier attempt is left in it.
            tested = session.start(
                ["python3", "test_solution.py"], timeout_seconds=30
            ).communicate()
            print(f"Attempt {attempt}: {(tested.stdout or tested.stderr).strip().splitlines()[-1]}")
            if tested.ok:
                return code_of(answer)
            failure = f"The test fails:\n{tested.stderr}\nAnswer with the whole code, mended."
            messages += [
                {"role": "assistant", "content": answer},
                {"role": "user", "content": failure},
            ]
    raise SystemExit(f"No code passed the test in {ATTEMPTS} attempts.")


def main() -> None:
    with Cognitora.local() as client:
        print(solve(client, real if os.environ.get("OPENAI_API_KEY") else scripted))


if __name__ == "__main__":
    main()
