"""Packages spoilt at random, the same for the same number: bytes, the zip around them, their XML.

A mutant is a seed with one to four operators applied. Parts are written uncompressed where their
XML was changed, so that a mutant costs little to make and its bytes mean something.
"""

from __future__ import annotations

import random
import re
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from workbook_tool.excel.ooxml.archive import Limits, Member, member, read_members, write_members

_TOKEN = re.compile(rb"<[^<>]*>|[^<>]+")
_LEAF = re.compile(rb"<(?P<name>[a-zA-Z:]+)[^<>]*>[^<>]*</(?P=name)>|<[^<>]*>|[^<>]+")
"""An element without children is one piece: what loses it is well-formed still."""
_VALUE = re.compile(rb'="[^"]*"')
_DIGITS = re.compile(rb"[0-9]+")
NASTY = [b"", b"0", b"-1", b"1", b"4294967296", b"99999999999999999999", b"1e309", b"NaN", b"-0", b" ",
         b"A0", b"XFE1", b"A1048577", b"A1:XFD1048576", b"$A$1", b"ZZZZ1", b"#REF!", b"true", b"&lt;",
         b"&#0;", b"&#xD800;", b"&x;", b"\xff", b"\xed\xa0\x80", "１２".encode(), b"_x0000_", b"_xD800_",
         b"rId1", b"../../x", b"/", b"xl/workbook.xml", b"[1]S!A1", b"s", b"d", b"inlineStr", b"A" * 5000, b"9" * 5000]  # fmt: skip
"""Put where a value was."""

Text = Callable[[random.Random, bytes], bytes]
Edit = Callable[[random.Random, list[Member]], list[Member]]


def mutant(seeds: Sequence[bytes], number: int) -> bytes:
    """The mutant of that number."""
    chance = random.Random(number)
    members = read_members(chance.choice(seeds), Limits())
    parts_too = chance.random() < 0.85
    if parts_too:
        for _ in range(chance.choice((1, 1, 1, 2, 3))):
            members = chance.choice(EDITS)(chance, members)
    content = write_members(members)
    if not parts_too or chance.random() < 0.25:
        for _ in range(chance.choice((1, 1, 2, 8))):
            content = chance.choice(BYTES)(chance, content) if len(content) > 1 else content
    return content


# --- what is done to parts


def _one(chance: random.Random, members: list[Member]) -> int:
    return chance.randrange(len(members))


def _with(members: list[Member], at: int, content: bytes) -> list[Member]:
    old = members[at]
    fresh = replace(member(old.name, content, compress=False), stored_name=old.stored_name)
    return [*members[:at], fresh, *members[at + 1 :]]


def _on_text(change: Text) -> Edit:
    def edit(chance: random.Random, members: list[Member]) -> list[Member]:
        at = _one(chance, members)
        return _with(members, at, change(chance, members[at].inflate()))

    return edit


def _on_tokens(
    change: Callable[[random.Random, list[bytes]], None], token: re.Pattern[bytes] = _TOKEN
) -> Text:
    def of(chance: random.Random, content: bytes) -> bytes:
        tokens = [piece[0] for piece in token.finditer(content)]
        if tokens:
            change(chance, tokens)
        return b"".join(tokens)

    return of


def _drop(chance: random.Random, tokens: list[bytes]) -> None:
    at = chance.randrange(len(tokens))
    del tokens[at : at + chance.choice((1, 1, 2, 5))]


def _repeat(chance: random.Random, tokens: list[bytes]) -> None:
    at = chance.randrange(len(tokens))
    some = tokens[at : at + chance.choice((1, 3, 8))]
    tokens[at:at] = some * chance.choice((1, 2, 50))


def _swap(chance: random.Random, tokens: list[bytes]) -> None:
    a, b = chance.randrange(len(tokens)), chance.randrange(len(tokens))
    tokens[a], tokens[b] = tokens[b], tokens[a]


def _move(chance: random.Random, tokens: list[bytes]) -> None:
    at = chance.randrange(len(tokens))
    some = tokens[at : at + chance.randrange(1, 9)]
    del tokens[at : at + len(some)]
    to = chance.randrange(len(tokens) + 1)
    tokens[to:to] = some


def _spoil(pattern: re.Pattern[bytes], around: bytes) -> Text:
    def of(chance: random.Random, content: bytes) -> bytes:
        places = list(pattern.finditer(content))
        if not places:
            return content
        place = chance.choice(places)
        fresh = around[:2] + chance.choice(NASTY) + around[2:]
        return content[: place.start()] + fresh + content[place.end() :]

    return of


def _rename_attribute(chance: random.Random, content: bytes) -> bytes:
    places = list(re.finditer(rb' [a-zA-Z:]+(?==")', content))
    if not places:
        return content
    place = chance.choice(places)
    fresh = chance.choice(
        [b"", b" r", b" t", b" s", b" ref", b" r:id", b" xmlns", b" xmlns:x", b" Id", b" name"]
    )
    return content[: place.start()] + fresh + content[place.end() :]


def _rename_element(chance: random.Random, content: bytes) -> bytes:
    names = sorted(set(re.findall(rb"</?([a-zA-Z:]+)", content)))
    if not names:
        return content
    old, new = chance.choice(names), chance.choice([*names, b"x:y", b"v", b"f", b"is", b"row"])
    count = chance.choice((1, 2, 1000))
    return re.sub(rb"(?<=[</])" + re.escape(old) + rb"(?=[ />])", lambda _: new, content, count=count)


def _recode(chance: random.Random, content: bytes) -> bytes:
    try:
        return content.decode().encode(
            chance.choice(["utf-16", "utf-16be", "utf-32", "gb18030", "utf-8-sig", "utf-7"])
        )
    except UnicodeDecodeError:
        return content


def _cut(chance: random.Random, content: bytes) -> bytes:
    return content[: chance.randrange(len(content) + 1)]


def _without(chance: random.Random, members: list[Member]) -> list[Member]:
    at = _one(chance, members)
    return [*members[:at], *members[at + 1 :]] if len(members) > 1 else members


def _named(chance: random.Random, members: list[Member]) -> list[Member]:
    at = _one(chance, members)
    name = chance.choice(
        [members[_one(chance, members)].name, "../x", "/a", "a\\b", "A" * 300, "C:/x", "x/", "\0"]
    )
    fresh = replace(members[at], name=name, stored_name=name.encode())
    return [*members[:at], fresh, *members[at + 1 :]]


def _exchanged(chance: random.Random, members: list[Member]) -> list[Member]:
    a, b = _one(chance, members), _one(chance, members)
    return _with(_with(members, a, members[b].inflate()), b, members[a].inflate())


def _spliced(chance: random.Random, members: list[Member]) -> list[Member]:
    """Some elements of one part put into another."""
    a, b = _one(chance, members), _one(chance, members)
    giving, taking = _TOKEN.findall(members[a].inflate()), _TOKEN.findall(members[b].inflate())
    if giving and taking:
        start = chance.randrange(len(giving))
        at = chance.randrange(len(taking))
        taking[at:at] = giving[start : start + chance.randrange(1, 20)]
    return _with(members, b, b"".join(taking))


TEXTS: list[Text] = [
    _on_tokens(_drop), _on_tokens(_repeat), _on_tokens(_swap), _on_tokens(_move),
    _on_tokens(_drop, _LEAF), _on_tokens(_repeat, _LEAF), _on_tokens(_swap, _LEAF), _on_tokens(_move, _LEAF),
    _spoil(_VALUE, b'=""'), _spoil(_VALUE, b'=""'), _spoil(_DIGITS, b""), _spoil(_DIGITS, b""),
    _rename_attribute, _rename_element, _recode, _cut,
]  # fmt: skip
"""What is done to the XML of one part."""

EDITS: list[Edit] = [*map(_on_text, TEXTS), _without, _named, _exchanged, _spliced]


# --- what is done to the file's bytes


def _flip(chance: random.Random, content: bytes) -> bytes:
    spoilt = bytearray(content)
    spoilt[chance.randrange(len(spoilt))] ^= 1 << chance.randrange(8)
    return bytes(spoilt)


def _chop(chance: random.Random, content: bytes) -> bytes:
    return content[: chance.randrange(1, len(content))]


def _insert(chance: random.Random, content: bytes) -> bytes:
    at = chance.randrange(len(content))
    return content[:at] + chance.randbytes(chance.choice((1, 4, 100))) + content[at:]


def _in_header(chance: random.Random, content: bytes) -> bytes:
    """A number in one of the zip's own headers."""
    heads = [m.start() for m in re.finditer(rb"PK(?:\x01\x02|\x03\x04|\x05\x06)", content)]
    if not heads:
        return content
    at = chance.choice(heads) + chance.randrange(4, 46)
    spoilt = bytearray(content)
    if at + 4 <= len(spoilt):
        number = chance.choice([0, 1, 0xFFFF, 0xFFFFFFFF, 0x7FFFFFFF, len(content), chance.getrandbits(32)])
        struct.pack_into("<I", spoilt, at, number)
    return bytes(spoilt)


BYTES: list[Text] = [_flip, _flip, _chop, _insert, _in_header, _in_header]


def small(parts: Mapping[str, bytes]) -> bytes:
    """A workbook of these parts, uncompressed: a seed that is quickly taken apart."""
    return write_members(member(name, content, compress=False) for name, content in parts.items())
