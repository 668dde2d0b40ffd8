"""What the sandbox runs for Python: `python /opt/cognitora/python.py`, with the host at fd 3.

Kept to two lines because a script, unlike the package beside it, is compiled at every start.
"""

from importlib import import_module

import_module("python_driver.driver").main()
