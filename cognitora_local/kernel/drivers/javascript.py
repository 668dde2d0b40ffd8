"""What the sandbox runs for JavaScript: `python -S -E /opt/cognitora/javascript.py node …`.

Kept to two lines because a script, unlike the package beside it, is compiled at every start.
"""

from importlib import import_module

import_module("javascript_driver.supervisor").main()
