"""Items turned into versions: one of the key, without language, and one of the words in each language."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from academy.core.content.model import Item, Language, Option
from academy.core.items import ITEM_TYPES
from academy.core.items.open import Open
from academy.core.items.protocol import JsonValue
from academy.core.items.typed import Typed


@dataclass(frozen=True, slots=True)
class ItemVersions:
    """An item in all its languages with its versions. Statistics belong to `key_version`.

    A translation whose key or options differ from the source's has a key version of its own in `drifted`: answers
    given there are practice only.
    """

    source: Item
    items: Mapping[Language, Item]
    canonical: str
    key_version: str
    canonical_texts: Mapping[Language, str]
    text_versions: Mapping[Language, str]
    drifted: Mapping[Language, str]

    def key_version_in(self, language: Language) -> str:
        """The version that an answer in this language belongs to."""
        return self.drifted.get(language, self.key_version)


def item_versions(items: Mapping[Language, Item], source_language: Language) -> ItemVersions:
    """Versions of an item given in its languages. The source's key counts; typed keys count in every language."""
    source = items.get(source_language) or next(iter(items.values()))
    canonical = canonical_key(items, source)
    texts = {language: canonical_text(item) for language, item in items.items()}
    drifted = {language: digest(canonical_key({language: item}, item)) for language, item in items.items() if drift(source, item)}
    return ItemVersions(
        source=source,
        items=items,
        canonical=canonical,
        key_version=digest(canonical),
        canonical_texts=texts,
        text_versions={language: digest(text) for language, text in texts.items()},
        drifted=drifted,
    )


def canonical_key(items: Mapping[Language, Item], source: Item) -> str:
    """Type, key, option ids and points as canonical JSON; typed keys by language, sorted."""
    item_type = ITEM_TYPES[source.type]
    key: JsonValue = item_type.key(source)
    if item_type.keyed_in_words(source):
        same_type = {language: item for language, item in sorted(items.items()) if item.type == source.type}
        key = {language: item_type.key(item) for language, item in same_type.items()}
    options = [option.id for option in source.options] if shows_options(source) else []
    return _json({"type": source.type, "key": key, "options": list[JsonValue](options), "points": source.points})


def canonical_text(item: Item) -> str:
    """What is read before answering, as canonical JSON: nothing of the key, the feedback or the rationale."""
    options: list[JsonValue] = [[option.id, option.text] for option in item.options] if shows_options(item) else []
    read: dict[str, JsonValue] = {"stem": item.stem, "body": item.body, "options": options}
    if item.parts:
        read["heads"] = list[JsonValue](item.heads)
        read["parts"] = [[part.id, part.text, list[JsonValue](part.offered)] for part in item.parts]
    return _json(read)


def drift(source: Item, item: Item) -> bool:
    """Whether a translation would be graded differently from its source."""
    if source.type != item.type or source.points != item.points:
        return True
    return not same_shape(source, item) or not same_key(source, item)


def same_shape(source: Item, item: Item) -> bool:
    """Whether an item and its source, of one type, offer the same to answer with."""
    item_type = ITEM_TYPES[source.type]
    return item_type.shape(source) == item_type.shape(item)


def same_key(source: Item, item: Item) -> bool:
    """Whether an item and its source, of one type, have the same key, as far as that does not depend on the language."""
    item_type = ITEM_TYPES[source.type]
    return item_type.keyed_in_words(source) or item_type.key(source) == item_type.key(item)


def shows_options(item: Item) -> bool:
    """Whether the options are part of what is read; accepted answers of typed items and rubrics are not."""
    return not isinstance(ITEM_TYPES[item.type], (Typed, Open))


def shuffled_options(item: Item, seed: str) -> tuple[Option, ...]:
    """The options in an order that depends on the seed and their letters alone, never on the key."""
    if not ITEM_TYPES[item.type].shuffled:
        return item.options
    return tuple(sorted(item.options, key=lambda option: digest(f"{seed}\n{item.id}\n{option.id}")))


def digest(text: str) -> str:
    """Hex SHA-256 of a text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _json(value: JsonValue) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
