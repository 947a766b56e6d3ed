"""The only door to the web: a small proxy on loopback.

Whoever follows redirects and fetches segments by itself (PyAV, extractors) cannot be trusted with addresses
that were checked beforehand. So nobody checks beforehand: every connection of theirs goes through here. The
guard resolves a name once, asks the `Policy` about each address, connects to *those* addresses and no
others, and counts bytes and time per job.

Requests are forwarded one by one, so redirects come back as new requests. For https there are two ways:
PyAV asks for plain http under a marked name and the guard speaks TLS to the server, certificate checked
(`media.guarded_urls` says why); other clients get a tunnel with CONNECT and check the certificate
themselves. One connection carries one request.

Refusals answer 403 (502, 504 for failures) with the reason in ``X-Guard-Denial`` and are kept in the job,
since PyAV's own error says little. A request without the credential of a living job gets 407, as PyAV
sends credentials only when asked.

States of a connection: head → (authenticated) → dialled → piped → closed. A failure anywhere ends only that
connection.
"""

import math
import secrets
import socket
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from urllib.parse import urlsplit

import certifi
import trio
from attrs import Factory, define, frozen

from media.addresses import Address, Policy, is_public, parse_address
from media.errors import MediaError, MediaFailure
from media.guard_job import CONNECTIONS_LIMIT, Job
from media.guard_pipe import pipe, read_head
from media.guard_stored import find_piece
from media.guard_wire import Wanted, parse_request, to_challenge, to_denial

Resolve = Callable[[str, int], Awaitable[Sequence[Address]]]
Connect = Callable[[Address, int], Awaitable[trio.abc.Stream]]

HEAD_TIMEOUT_S = 10.0
DIAL_TIMEOUT_S = 10.0  # for all addresses of a name together
ATTEMPT_TIMEOUT_S = 4.0


async def resolve_name(host: str, port: int) -> Sequence[Address]:
    """All addresses of a host, in the system's order.

    Raises:
        OSError: there is none.
    """
    found = await trio.socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [parse_address(str(sockaddr[0])) for *_, sockaddr in found]
    return list(dict.fromkeys(address for address in addresses if address is not None))


async def connect_address(address: Address, port: int) -> trio.abc.Stream:
    """A TCP connection to exactly this address.

    Raises:
        OSError: it failed.
    """
    return await trio.open_tcp_stream(str(address), port)


def _verify_against_certifi() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=certifi.where())


@frozen(kw_only=True)
class Outside:
    """The ways of the guard to the world; tests bring their own.

    Attributes:
        resolve: addresses of a name.
        connect: a connection to an address.
        tls: makes the context that checks certificates; called at the first https host.
    """

    resolve: Resolve = resolve_name
    connect: Connect = connect_address
    tls: Callable[[], ssl.SSLContext] = _verify_against_certifi


@define(eq=False)
class Guard:
    """A running guard: makes and ends jobs."""

    policy: Policy
    port: int
    outside: Outside
    _jobs: dict[str, Job] = Factory(dict[str, Job])
    _tls: ssl.SSLContext | None = None

    def start_job(
        self, *, max_bytes: float = math.inf, deadline: float = math.inf, marks: bool = True
    ) -> Job:
        """Make a credential; whoever asks must `end` it.

        Args:
            max_bytes: what its connections may receive in sum.
            deadline: Trio time.
            marks: False for a client that asks for tunnels: it gets every link as the server wrote it.
        """
        token = secrets.token_urlsafe(24)
        url = f"http://job:{token}@127.0.0.1:{self.port}"
        job = Job(proxy_url=url, token=token, max_bytes=max_bytes, deadline=deadline, marks=marks)
        self._jobs[token] = job
        return job

    @contextmanager
    def job(
        self, *, max_bytes: float = math.inf, deadline: float = math.inf, marks: bool = True
    ) -> Generator[Job]:
        """A job for as long as the body runs."""
        job = self.start_job(max_bytes=max_bytes, deadline=deadline, marks=marks)
        try:
            yield job
        finally:
            self.end(job.proxy_url)

    def end(self, proxy_url: str) -> None:
        """Revoke a job and cut its connections; unknown ones are fine."""
        job = self._jobs.pop(_token_of(proxy_url), None)
        if job is not None:
            job.end()

    def failure(self, proxy_url: str) -> MediaError | None:
        """Why something of a living job was last refused, None if nothing was."""
        job = self._jobs.get(_token_of(proxy_url))
        return None if job is None else job.denial

    async def serve(self, stream: trio.abc.Stream) -> None:
        """Serve one connection of a child process."""
        async with stream:
            try:
                await self._serve(stream)
            except (trio.BrokenResourceError, trio.ClosedResourceError):
                return  # the child has gone; there is nobody to tell

    async def _serve(self, stream: trio.abc.Stream) -> None:
        try:
            with trio.fail_after(HEAD_TIMEOUT_S):
                request, rest = await read_head(stream)
            wanted = parse_request(request)
        except trio.TooSlowError:
            return
        except MediaError as error:
            await stream.send_all(to_denial(error))
            return
        job = self._jobs.get(wanted.token or "")
        if job is None:
            await stream.send_all(to_challenge())
            return
        await self._serve_job(stream, job, wanted, rest)

    async def _serve_job(self, stream: trio.abc.Stream, job: Job, wanted: Wanted, rest: bytes) -> None:
        if len(job.scopes) >= CONNECTIONS_LIMIT:
            await stream.send_all(
                to_denial(MediaError(kind=MediaFailure.NETWORK, detail="too many connections"))
            )
            return
        with trio.CancelScope(deadline=job.deadline) as scope:
            job.scopes.add(scope)
            try:
                await self._dial_and_pipe(stream, job, wanted, rest)
            finally:
                job.scopes.discard(scope)
        if scope.cancelled_caught and not job.ended:
            job.denial = MediaError(
                kind=MediaFailure.TIMEOUT, host=wanted.host, detail="the job's time is up"
            )

    async def _dial_and_pipe(self, stream: trio.abc.Stream, job: Job, wanted: Wanted, rest: bytes) -> None:
        piece = None if job.stored is None else await find_piece(job.stored, wanted)
        if piece is not None:
            job.denial = await piece.send(stream, job, wanted.host) or job.denial
            return
        try:
            server = await self.dial(wanted.host, wanted.port, tls=wanted.tls)
        except MediaError as error:
            job.denial = job.trail.explain(error)
            await stream.send_all(to_denial(error))
            return
        async with server:
            job.denial = await pipe(stream, server, job, wanted, rest) or job.denial

    async def dial(self, host: str, port: int, *, tls: bool) -> trio.abc.Stream:
        """Connect to a host, to addresses that the policy opens only; with TLS, it must prove its name.

        Raises:
            MediaError: PRIVATE_ADDRESS, BAD_URL (the port), UNKNOWN_HOST, TIMEOUT, CERTIFICATE, or NETWORK.
        """
        try:
            with trio.fail_after(DIAL_TIMEOUT_S):
                addresses = await self._open_addresses(host, port)
                stream = await self._connect_first(addresses, host, port)
                return await self._secure(stream, host) if tls else stream
        except trio.TooSlowError as error:
            raise MediaError(kind=MediaFailure.TIMEOUT, host=host, detail="no connection") from error

    async def _open_addresses(self, host: str, port: int) -> Sequence[Address]:
        literal = parse_address(host)
        try:
            found = [literal] if literal is not None else await self.outside.resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise MediaError(kind=MediaFailure.UNKNOWN_HOST, host=host, detail="no address") from error
        opened = [address for address in found if self.policy.opens(host, address, port)]
        if not opened:
            public = any(is_public(address) for address in found)
            kind = MediaFailure.BAD_URL if public else MediaFailure.PRIVATE_ADDRESS
            raise MediaError(kind=kind, host=host, detail=f"port {port}")
        return opened

    async def _secure(self, stream: trio.abc.Stream, host: str) -> trio.abc.Stream:
        self._tls = self._tls or self.outside.tls()
        secured = trio.SSLStream(stream, self._tls, server_hostname=host, https_compatible=True)
        try:
            await secured.do_handshake()
        except trio.BrokenResourceError as error:
            await trio.aclose_forcefully(stream)
            if isinstance(error.__cause__, ssl.SSLCertVerificationError):
                raise MediaError(kind=MediaFailure.CERTIFICATE, host=host) from error
            raise MediaError(kind=MediaFailure.NETWORK, host=host, detail="no TLS") from error
        except trio.Cancelled:
            await trio.aclose_forcefully(stream)
            raise
        return secured

    async def _connect_first(self, addresses: Sequence[Address], host: str, port: int) -> trio.abc.Stream:
        kind = MediaFailure.NETWORK
        for address in addresses:
            try:
                with trio.fail_after(ATTEMPT_TIMEOUT_S):
                    return await self.outside.connect(address, port)
            except trio.TooSlowError:
                kind = MediaFailure.TIMEOUT
            except OSError:
                kind = MediaFailure.NETWORK
        raise MediaError(kind=kind, host=host, detail="no connection")


@asynccontextmanager
async def open_guard(policy: Policy, outside: Outside | None = None) -> AsyncGenerator[Guard]:
    """Run a guard on a free port of loopback while the body runs."""
    async with trio.open_nursery() as nursery:
        (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
        port: int = listener.socket.getsockname()[1]
        guard = Guard(policy, port, outside or Outside())
        nursery.start_soon(partial(trio.serve_listeners, guard.serve, [listener]))
        try:
            yield guard
        finally:
            nursery.cancel_scope.cancel()


def _token_of(proxy_url: str) -> str:
    return urlsplit(proxy_url).password or ""
