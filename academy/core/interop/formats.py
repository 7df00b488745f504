"""Every format of other systems, found and by name."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from academy.core import interop
from academy.core.interop.model import Export, Imported, ImportResult


@dataclass(frozen=True, slots=True)
class Format:
    """What a format's module offers under one of its NAMES.

    read(data, name): any bytes give a result, never an exception. read_folder(files): the files of a folder by their path in
    it; None where only single files are read. write(questions, title): None where nothing is exported.
    """

    name: str
    read: Callable[[bytes, str], ImportResult]
    read_folder: Callable[[Mapping[str, bytes]], ImportResult] | None = None
    write: Callable[[Sequence[Imported], str], Export] | None = None


def _discover() -> Mapping[str, Format]:
    """Every format of this package by its name, in alphabetical order."""
    formats: dict[str, Format] = {}
    for entry in pkgutil.iter_modules(interop.__path__):
        module = importlib.import_module(f"{interop.__name__}.{entry.name}")
        for name in getattr(module, "NAMES", ()):
            formats[name] = Format(name, module.read, getattr(module, "read_folder", None), getattr(module, "write", None))
    return MappingProxyType(dict(sorted(formats.items())))


FORMATS: Mapping[str, Format] = _discover()
