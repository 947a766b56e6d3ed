"""A world behind the guard: public names that lead to this machine, and ways to ask through it."""

import ssl
from base64 import b64encode
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from functools import partial

import trio
import trustme
from attrs import Factory, define

from media.addresses import Address, parse_address, parse_policy
from media.guard import Guard, Outside, open_guard
from media.guard_job import Job
from media.guarded_urls import to_guarded
from media.probe import probe
from media.probe_values import ProbeJob, ProbeReport
from tests.media.web import Page, body, head

PUBLIC = "93.184.215.14"
OTHER_PUBLIC = "1.1.1.1"


@define(eq=False)
class Internet:
    """A world in which every public address leads to this machine; refuses private ones.

    ``ports`` says where ports lead that a test cannot listen on; others lead to themselves.
    """

    names: dict[str, list[Sequence[str]]]
    asked: list[str] = Factory(list[str])
    dialled: list[str] = Factory(list[str])
    ports: dict[int, int] = Factory(dict[int, int])

    async def resolve(self, host: str, port: int) -> Sequence[Address]:
        await trio.lowlevel.checkpoint()
        self.asked.append(host)
        answers = self.names.get(host)
        if not answers:
            raise OSError("no such name")
        texts = answers.pop(0) if len(answers) > 1 else answers[0]
        return [address for text in texts if (address := parse_address(text)) is not None]

    async def connect(self, address: Address, port: int) -> trio.abc.Stream:
        self.dialled.append(str(address))
        assert str(address) in {PUBLIC, OTHER_PUBLIC}, f"dialled {address}"
        return await trio.open_tcp_stream("127.0.0.1", self.ports.get(port, port))


@asynccontextmanager
async def guarded(
    internet: Internet, tls: ssl.SSLContext | None = None, allow: Sequence[str] = ()
) -> AsyncGenerator[tuple[Guard, Job]]:
    outside = Outside(
        resolve=internet.resolve, connect=internet.connect, tls=lambda: tls or ssl.create_default_context()
    )
    async with open_guard(parse_policy(allow), outside) as guard:
        with guard.job() as job:
            yield guard, job


def make_internet() -> Internet:
    return Internet({"good.test": [[PUBLIC]], "evil.test": [["10.0.0.1"]], "local.test": [["127.0.0.1"]]})


async def probe_through(url: str, job: Job) -> ProbeReport:
    asked = ProbeJob(location=to_guarded(url), is_file=False, proxy=job.proxy_url)
    return await trio.to_thread.run_sync(partial(probe, asked))


def make_contexts() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's context for good.test, and a client's that trusts it."""
    authority = trustme.CA()
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    issued = authority.issue_cert("good.test")
    issued.configure_cert(server)  # pyright: ignore[reportUnknownMemberType] - also takes pyOpenSSL's
    client = ssl.create_default_context(cadata=authority.cert_pem.bytes().decode())
    return server, client


def playlist(*segments: str) -> Page:
    lines = ["#EXTM3U", "#EXT-X-VERSION:3", "#EXT-X-TARGETDURATION:2"]
    lines += [line for segment in segments for line in ("#EXTINF:1.0,", segment)]
    return body("\n".join([*lines, "#EXT-X-ENDLIST", ""]).encode(), "application/vnd.apple.mpegurl")


def playlist_text(links: Sequence[str]) -> bytes:
    parts = "".join(f"#EXTINF:1.0,\n{link}\n" for link in links)
    return f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n{parts}#EXT-X-ENDLIST\n".encode()


def in_chunks(content: bytes) -> Page:
    async def page(stream: trio.abc.Stream, request: object) -> None:
        await stream.send_all(head("200 OK", "Transfer-Encoding: chunked"))
        for part in (content[:4], content[4:50], content[50:]):
            await stream.send_all(b"%x\r\n%s\r\n" % (len(part), part))
        await stream.send_all(b"0\r\n\r\n")

    return page


async def ask(guard: Guard, job: Job, lines: str) -> trio.SocketStream:
    credential = b64encode(f"job:{job.token}".encode()).decode()
    stream = await trio.open_tcp_stream("127.0.0.1", guard.port)
    await stream.send_all(f"{lines}Proxy-Authorization: Basic {credential}\r\n\r\n".encode())
    return stream


async def read_all(stream: trio.abc.ReceiveStream) -> bytes:
    received = b""
    async with stream:
        try:
            while data := await stream.receive_some(65536):
                received += data
        except trio.BrokenResourceError:
            return received
    return received
