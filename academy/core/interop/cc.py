"""Common Cartridge: the quizzes of a course package, read as `qti` reads them."""

from __future__ import annotations

from academy.core.interop.qti import read as read
from academy.core.interop.qti import read_folder as read_folder

NAMES = ("cc",)
