"""Sound for scenarios: real files in real containers, made by the codecs that everybody uses."""

import array
import math
import random
from pathlib import Path
from typing import Any

import av

RATE = 48_000
FRAME = 960


def write_tone(
    file: Path, *, seconds: float = 5.0, codec: str = "libopus", seed: int = 1, rate: int = RATE
) -> Path:
    """Write two channels of a wandering melody: no two stretches of it are alike.

    Args:
        file: its ending chooses the container.
        seconds: how long.
        codec: an encoder of PyAV.
        seed: another number, another melody.
        rate: of the file, in hertz.
    """
    out: Any = av.open(str(file), "w")  # PyAV's own annotations are partial
    with out:
        stream = out.add_stream(codec, rate=rate, layout="stereo")
        samples = melody(seconds, seed)
        for start in range(0, len(samples) // 2 - FRAME + 1, FRAME):
            frame = av.AudioFrame(format="s16", layout="stereo", samples=FRAME)
            frame.planes[0].update(samples[2 * start : 2 * (start + FRAME)].tobytes())
            frame.sample_rate, frame.pts = RATE, start
            for packet in stream.encode(frame):
                out.mux(packet)
        for packet in stream.encode(None):
            out.mux(packet)
    return file


def melody(seconds: float, seed: int) -> "array.array[int]":
    """Interleaved 16-bit stereo samples at 48 kHz; the pitch wanders at random, so a lag shows."""
    dice = random.Random(seed)
    samples = array.array("h")
    phase, pitch = 0.0, 220.0
    for index in range(int(seconds * RATE)):
        if index % 2400 == 0:
            pitch = dice.uniform(150.0, 900.0)
        phase += 2 * math.pi * pitch / RATE
        value = int(9000 * math.sin(phase))
        samples.extend((value, -value // 2))
    return samples
