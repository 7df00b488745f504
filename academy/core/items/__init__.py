"""The item types. A further type is one module here with an object `TYPE`, and one template in `templates/items`."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from types import MappingProxyType

from academy.core.items.protocol import ItemType

_NOT_TYPES = {"protocol", "choice", "typed"}


def _discover() -> Mapping[str, ItemType]:
    names = sorted(found.name for found in pkgutil.iter_modules(__path__) if found.name not in _NOT_TYPES)
    types = [importlib.import_module(f"{__name__}.{name}").TYPE for name in names]
    return MappingProxyType({item_type.name: item_type for item_type in types})


ITEM_TYPES: Mapping[str, ItemType] = _discover()
