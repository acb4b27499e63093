#!/usr/bin/env python3
"""A small client of protocol v1: logs in, comes back by itself, and goes on where it was.

Needs two packages, on Debian python3-msgpack and python3-websockets, elsewhere `pip install msgpack websockets`.
Copy this file, or try it:

    python3 examples/python_client.py --count 5 candles:BTC/USDT:1m@1s
    python3 examples/python_client.py --login me@example.com:password alerts portfolio

    async with Client("ws://127.0.0.1:8080/v1/stream", login=("me@example.com", "...")) as client:
        assets = await client.query("assets.list", limit=10)
        async for message in client.stream("alerts", "candles:BTC/USDT:1m"):
            print(message["channel"], message["data"])

`stream` gives the server's own `snapshot`, `update` and `skipped` messages. After a reconnect each channel is recovered: a snapshot
with `recovered: True` means that nothing is missing, any other that its data replace what you have. A channel is one stream's.
"""

import argparse
import asyncio
import contextlib
import random
import time

import msgpack
import websockets
from websockets.exceptions import ConnectionClosed, InvalidHandshake

LONGEST_PAUSE = 15.0  # seconds
PATIENCE = 30.0  # seconds that an answer may take
EARLY = 60.0  # seconds before its end at which a token is refreshed


class Refused(Exception):
    """The server says no: `code` is for a program, the message for people."""

    def __init__(self, error):
        super().__init__(error["message"])
        self.code = error["code"]
        self.field = error.get("field")


class Lost(Exception):
    """The connection was lost before the answer came; what was asked may have been done."""


class Client:
    def __init__(self, url, login=None, tokens=None, on_tokens=None):
        """`login`: e-mail and password. `tokens`: as `auth.login` answers them; `on_tokens` hears of newer ones, to keep them."""
        self.url = url
        self.tokens = tokens
        self.on_tokens = on_tokens
        self._login = login
        self._socket = None
        self._ready = asyncio.Event()
        self._waiting = {}  # futures of requests by id
        self._streams = {}  # queues by channel
        self._positions = {}  # epoch and offset by channel
        self._next_id = 0
        self._retry_ms = None
        self._failure = None
        self._runner = None

    async def __aenter__(self):
        self._runner = asyncio.create_task(self._run())
        await self._connected()
        return self

    async def __aexit__(self, *_):
        self._runner.cancel()
        await asyncio.gather(self._runner, return_exceptions=True)

    async def query(self, method, **params):
        """Asks a method. Raises Refused, or Lost: then look whether it was done before asking again."""
        await self._connected()
        return await self._request(op="query", method=method, params=params)

    async def stream(self, *channels):
        """Subscribes, and gives what comes of these channels until it is left."""
        queue = asyncio.Queue()
        self._streams.update({channel: queue for channel in channels})
        try:
            await self._connected()
            try:
                await self._request(op="subscribe", channels=list(channels))
            except Lost:
                pass  # The next connection subscribes to all that is streamed.
            while True:
                message = await queue.get()
                if isinstance(message, Exception):
                    raise message
                yield message
        finally:
            for channel in channels:
                self._streams.pop(channel, None)
            self._positions = {c: p for c, p in self._positions.items() if self._queue_of(c) is not None}
            if self._ready.is_set():
                with contextlib.suppress(Lost, Refused):
                    await self._request(op="unsubscribe", channels=list(channels))

    async def _connected(self):
        waiting = asyncio.ensure_future(self._ready.wait())
        await asyncio.wait({waiting, self._runner}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if self._failure is not None:
            raise self._failure
        if self._runner.done():
            self._runner.result()  # It has failed in a way that nobody thought of.

    async def _run(self):
        """Connects again and again, until the server says that there is no point in it."""
        failures = 0
        while True:
            self._retry_ms = 0
            try:
                async with websockets.connect(
                    self.url, subprotocols=["cryptopredict.v1.msgpack"], max_size=2**24
                ) as self._socket:
                    reader = asyncio.create_task(self._read())
                    try:
                        await self._begin()
                        failures = 0
                        self._ready.set()
                        await self._keep(reader)
                    finally:
                        reader.cancel()
            except Refused as refusal:
                if refusal.code not in ("unavailable", "rate_limited"):
                    return self._give_up(refusal)
            except (ConnectionClosed, InvalidHandshake, OSError, asyncio.TimeoutError, Lost):
                pass
            finally:
                self._ready.clear()
                for future in self._waiting.values():
                    if not future.done():
                        future.set_exception(Lost("the connection was lost"))
                self._waiting.clear()
            if self._retry_ms is None:
                return self._give_up(Lost("the server does not want this client to come back"))
            failures += 1
            backoff = min(0.25 * 2 ** min(failures, 10), LONGEST_PAUSE)
            # A server that goes down names a window, so that not everybody comes back at once.
            await asyncio.sleep(random.uniform(0, max(self._retry_ms / 1000, backoff)))

    def _give_up(self, failure):
        self._failure = failure
        for queue in {id(queue): queue for queue in self._streams.values()}.values():
            queue.put_nowait(failure)

    async def _begin(self):
        """Logs in first, since what is subscribed may be a user's; then recovers each channel."""
        if self.tokens is not None or self._login is not None:
            await self._authenticate()
        if self._streams:
            await self._request(op="subscribe", channels=list(self._streams), recover=self._positions)

    async def _keep(self, reader):
        """Keeps the log-in fresh until the connection ends."""
        while True:
            left = self.tokens["expires_at"] / 1000 - time.time() - EARLY if self.tokens else None
            done, _ = await asyncio.wait({reader}, timeout=None if left is None else max(left, 1))
            if done:
                return reader.result()
            await self._refresh()

    async def _authenticate(self):
        if self.tokens is not None:
            try:
                await self._request(op="auth", token=self.tokens["access_token"])
                return
            except Refused as refusal:
                if refusal.code != "unauthenticated":
                    raise
            try:
                await self._refresh()
                return
            except Refused as refusal:
                if refusal.code != "unauthenticated" or self._login is None:
                    raise
        email, password = self._login
        await self._take(await self._request(op="query", method="auth.login", params={"email": email, "password": password}))

    async def _refresh(self):
        params = {"refresh_token": self.tokens["refresh_token"]}
        await self._take(await self._request(op="query", method="auth.refresh", params=params))

    async def _take(self, tokens):
        self.tokens = tokens
        if self.on_tokens is not None:
            self.on_tokens(tokens)
        await self._request(op="auth", token=tokens["access_token"])

    async def _request(self, **message):
        self._next_id += 1
        request_id = self._next_id
        future = asyncio.get_running_loop().create_future()
        self._waiting[request_id] = future
        try:
            await self._socket.send(msgpack.packb({"id": request_id, **message}))
        except ConnectionClosed as error:
            raise Lost(str(error)) from error
        # Not wait_for: before Python 3.12 it may swallow that the task was cancelled.
        await asyncio.wait({future}, timeout=PATIENCE)
        if not future.done():
            self._waiting.pop(request_id, None)
            raise Lost(f"no answer within {PATIENCE:.0f} s")
        return future.result()

    async def _read(self):
        async for frame in self._socket:
            message = msgpack.unpackb(frame)
            kind = message["type"]
            if kind == "reply":
                future = self._waiting.pop(message["id"], None)
                if future is not None and not future.done():
                    if message["ok"]:
                        future.set_result(message["result"])
                    else:
                        future.set_exception(Refused(message["error"]))
            elif kind in ("snapshot", "update", "skipped"):
                self._tell(message)
            elif kind in ("closing", "draining"):
                self._retry_ms = message["retry_ms"]

    def _queue_of(self, channel):
        """Finds whose a channel is: it was named, or a pattern such as `ticker:*@1s` stands for it."""
        if channel in self._streams:
            return self._streams[channel]
        for pattern, queue in self._streams.items():
            head, star, tail = pattern.partition("*")
            if star and channel.startswith(head) and channel.endswith(tail):
                return queue
        return None

    def _tell(self, message):
        channel = message["channel"]
        queue = self._queue_of(channel)
        if queue is None:
            return
        if message["type"] == "snapshot":
            self._positions[channel] = {"epoch": message["epoch"], "offset": int(message["offset"])}
        elif message["type"] == "update" and channel in self._positions:
            self._positions[channel]["offset"] = int(message["offset"])
        queue.put_nowait(message)


async def show(options):
    login = tuple(options.login.split(":", 1)) if options.login else None
    async with Client(options.url, login=login) as client:
        shown = 0
        async for message in client.stream(*options.channels):
            print(message["type"], message["channel"], message.get("offset"), message.get("data"), flush=True)
            shown += 1
            if shown == options.count:
                return


def main():
    parser = argparse.ArgumentParser(description="Prints what channels of CryptoPredict tell.")
    parser.add_argument("channels", nargs="+")
    parser.add_argument("--url", default="ws://127.0.0.1:8080/v1/stream")
    parser.add_argument("--login", help="email:password")
    parser.add_argument("--count", type=int, default=0, help="messages to print; 0: until Ctrl-C")
    try:
        asyncio.run(show(parser.parse_args()))
    except KeyboardInterrupt:
        pass
    except Refused as refusal:
        raise SystemExit(f"refused: {refusal}") from refusal


if __name__ == "__main__":
    main()
