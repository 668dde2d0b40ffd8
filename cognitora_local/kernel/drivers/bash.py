"""What the sandbox runs for Bash: `python /opt/cognitora/bash.py`, with the host at fd 3.

Kept short because a script, unlike the package beside it, is compiled at every start.
"""

import sys

sys.path.insert(0, sys.argv[0].rpartition("/")[0])  # PYTHONSAFEPATH leaves it out
__import__("bash_driver.driver", fromlist=["main"]).main()
