"""Whether what was captured is what was played: packets bit by bit, or decoded sound by correlation.

A queue is captured as one stream. `split` finds where each of its tracks lies in it: tracks of Opus by
their packets, which must stand there in a row, everything else between them. Around a border some frames
are encoded.
"""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from attrs import frozen

from sandbox.voice.capture import Capture
from sandbox.voice.opus import SILENCE
from tests.scenarios.audio import write_tone
from tests.voice.sounds import (
    KINDS,
    PASSED_THROUGH,
    Samples,
    best_lag,
    correlation,
    loudness,
    packets_of_file,
    sound_of_file,
    sound_of_packets,
)

FRAME_SAMPLES = 960
FRAME_S = 0.02
EDGE = 5
"""Most frames on either side of a border that may be encoded although the source is Opus."""
LEAD = 1
"""Silent frames that a queue begins with if its first track is encoded."""
REACH = 320  # samples of 8 kHz: 40 ms
PROBE = 2000
LEAST = 0.99
ORDER = ("wav", "flac", "ogg", "m4a", "webm", "mp3")
"""Of the two that stand side by side, the first is as long as it says: so every border can be found."""


@frozen
class Part:
    """One track of a queue, as it was heard."""

    file: Path
    packets: list[bytes]

    @property
    def is_untouched(self) -> bool:
        """Whether these are the packets of the file, but for some at its ends, where it meets others."""
        source = packets_of_file(self.file)
        return self.packets[EDGE : len(source) - EDGE] == source[EDGE:-EDGE]

    def likeness(self) -> float:
        """Correlation with the file where it fits best; 0 if the loudness is another."""
        heard, source = sound_of_packets(self.packets), sound_of_file(self.file)
        if not 0.95 < loudness(heard) / loudness(source) < 1.05:
            return 0.0
        return _aligned(heard, source)


def write_files(folder: Path, seconds: float, seed: int = 0) -> list[Path]:
    """A file of each kind, no two alike, in an order that `split` can take apart."""
    files: list[Path] = []
    for number, kind in enumerate(ORDER):
        codec, rate = KINDS[kind]
        file = folder / f"song{number}.{kind}"
        files.append(write_tone(file, seconds=seconds, codec=codec, rate=rate, seed=seed + number))
    return files


def split(packets: Sequence[bytes], files: Sequence[Path], seconds: float) -> list[Part]:
    """Cut a captured queue into its tracks; the frame that two of them share belongs to the second one."""
    frames = list(packets)
    borders = [0]
    for before, file in pairwise(files):
        if file.suffix[1:] in PASSED_THROUGH:
            borders.append(_position(frames, packets_of_file(file)[EDGE]) - EDGE)
        elif before.suffix[1:] in PASSED_THROUGH:
            borders.append(borders[-1] + len(packets_of_file(before)) - 1)
        else:
            borders.append(borders[-1] + round(seconds / FRAME_S) + (0 if borders[1:] else LEAD))
    ends = [*borders[1:], len(frames)]
    return [Part(file, frames[start:end]) for file, start, end in zip(files, borders, ends, strict=True)]


def heard_frames(capture: Capture) -> list[bytes]:
    """The packets from the first to the last that sounds; pauses between them would show as silence."""
    packets = capture.payloads(silence=True)
    while packets and packets[-1] == SILENCE:
        packets.pop()
    return packets


def steps(capture: Capture) -> set[tuple[int, int]]:
    """By how much sequence number and timestamp grow from packet to packet."""
    frames = list(capture.frames)
    return {
        ((after.sequence - before.sequence) & 0xFFFF, (after.timestamp - before.timestamp) & 0xFFFFFFFF)
        for before, after in pairwise(frames)
    }


def _position(packets: list[bytes], wanted: bytes) -> int:
    assert wanted in packets, "a packet of a passed-through track was not sent"
    return packets.index(wanted)


def _aligned(heard: Samples, source: Samples) -> float:
    lag = best_lag(heard, source, reach=REACH, probe=PROBE)
    return correlation(heard[lag:], source) if lag >= 0 else correlation(heard, source[-lag:])
