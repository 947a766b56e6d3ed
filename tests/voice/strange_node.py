"""A child process that does what a voice node should not do; the manner is its argument."""

import os
import sys
import time

from gateway_client.ids import GuildId
from voice.framing import encode
from voice.protocol import PROTOCOL_VERSION, Beat, Connected, Ready


def write(data: bytes) -> None:
    os.write(1, data)


def main(manner: str) -> None:
    version = PROTOCOL_VERSION + (manner == "version")
    if manner == "exits":
        sys.stderr.write("cannot go on\n")
        sys.exit(7)
    write(encode(Ready(version=version, pid=os.getpid())))
    match manner:
        case "prints":
            write(b"Traceback (most recent call last)\n")
        case "malformed":
            write(b"\x00\x00\x00\x01\x90")
        case "stubborn":
            while True:
                write(encode(Beat()))
                time.sleep(0.05)
        case "speaks":
            write(
                encode(Connected(call=GuildId(1), attempt=1)) + encode(Connected(call=GuildId(9), attempt=1))
            )
            write(encode(Connected(call=GuildId(1), attempt=0)))
            sys.stderr.write("token=" + os.environ.get("DISCORD_TOKEN", "none") + "\n")
            sys.stderr.flush()
        case _:
            pass
    # "silent" ends here as well: no beats, deaf to the end of stdin.
    if manner == "speaks":
        sys.stdin.read()
        return
    time.sleep(60)


if __name__ == "__main__":
    main(sys.argv[1])
