"""What the sandbox runs for Python: `python /opt/cognitora/python.py`, with the host at fd 3.

Kept short because a script, unlike the package beside it, is compiled at every start.
"""

import sys
from importlib import import_module

sys.path.insert(0, sys.argv[0].rpartition("/")[0])  # PYTHONSAFEPATH leaves it out
import_module("python_driver.driver").main()
