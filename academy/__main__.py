"""`python -m academy`."""

import gc
import sys

gc.disable()  # loading makes much and drops little: to look for what was dropped takes a fifth of the time; `main` enables it

from academy.cli import main  # noqa: E402  # for that reason

sys.exit(main())
