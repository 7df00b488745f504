"""The item types. A further type is one module here with an object `TYPE`, and one template in `templates/items`."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from types import MappingProxyType

from academy.core.items.protocol import ItemType


def _discover() -> Mapping[str, ItemType]:
    modules = [importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)]
    types = [module.TYPE for module in modules if hasattr(module, "TYPE")]
    return MappingProxyType({item_type.name: item_type for item_type in types})


ITEM_TYPES: Mapping[str, ItemType] = _discover()
