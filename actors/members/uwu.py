"""Cute talk: a pure function from text to text, the same every time.

Addresses, mentions and emoji stay as they are, because changed they would be broken.
"""

import re
from zlib import crc32

FACES = ("uwu", "owo", ">w<", "^w^", "(・ω・)", "nya~", "rawr~", "(⁄ ⁄•⁄ω⁄•⁄ ⁄)")
STUTTER_EVERY = 5

_WORD = re.compile(r"\S+")
_UNTOUCHED = re.compile(r"https?://|<[@#:/at]|:\w+:")
_SOUNDS = (
    (re.compile(r"[rl]"), "w"),
    (re.compile(r"[RL]"), "W"),
    (re.compile(r"n(?=[aeiouáéíóúůy])"), "ny"),
    (re.compile(r"N(?=[aeiouáéíóúůy])"), "Ny"),
    (re.compile(r"N(?=[AEIOUÁÉÍÓÚŮY])"), "NY"),
    (re.compile(r"ove"), "uv"),
    (re.compile(r"OVE"), "UV"),
)


def uwuify(text: str) -> str:
    """The text, said the cute way."""
    face = FACES[crc32(text.encode()) % len(FACES)]
    return f"{_WORD.sub(_say, text)} {face}"


def _say(found: re.Match[str]) -> str:
    word = found.group()
    if _UNTOUCHED.search(word):
        return word
    said = word
    for sound, cuter in _SOUNDS:
        said = sound.sub(cuter, said)
    if said[0].isalpha() and crc32(word.encode()) % STUTTER_EVERY == 0:
        return f"{said[0]}-{said}"
    return said
