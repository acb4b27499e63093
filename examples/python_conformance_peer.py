"""A bare connection of protocol v1 that keeps all it gets: what the conformance program tests a server with."""

import asyncio
import http.client
import inspect
import json
import urllib.parse

import msgpack
import websockets
from websockets.exceptions import ConnectionClosed, InvalidHandshake

PATIENCE = 15.0  # seconds
SUBPROTOCOLS = {"msgpack": "cryptopredict.v1.msgpack", "json": "cryptopredict.v1.json"}
# The name of this argument has changed with version 14 of the package.
HEADERS = "additional_headers" if "additional_headers" in inspect.signature(websockets.connect).parameters else None

CLOSE_PATIENCE = 200  # seconds: two candles of a minute, and what a server may wait for the last trade
STATEMENTS = {}  # what tests each statement, by its name


def statement(number):
    """Keeps a test under the name of its statement."""

    def keep(test):
        STATEMENTS[f"C{number}"] = test
        return test

    return keep


class Failed(Exception):
    """The server is not as the statement says."""


class Skip(Exception):
    """The statement cannot be tested here."""


class UpgradeRefused(Exception):
    def __init__(self, status):
        super().__init__(f"the upgrade was refused with {status}")
        self.status = status


def expect(holds, what):
    if not holds:
        raise Failed(what)


def fits(value, pattern):
    """Says whether a value has all that a pattern names: maps by their keys, types by instance, else equality."""
    if isinstance(pattern, dict):
        return isinstance(value, dict) and all(key in value and fits(value[key], inner) for key, inner in pattern.items())
    if isinstance(pattern, type):
        return isinstance(value, pattern)
    return value == pattern and isinstance(value, bool) == isinstance(pattern, bool)


def match(value, pattern, what="message"):
    expect(fits(value, pattern), f"{what} is {value!r}, and not as {pattern!r}")


def offsets(messages):
    return [int(m["offset"]) for m in messages]


def is_run(numbers):
    """Each one more than the one before."""
    return all(b == a + 1 for a, b in zip(numbers, numbers[1:]))


def ascends(numbers):
    return all(b > a for a, b in zip(numbers, numbers[1:]))


def is_whole(value):
    """MessagePack brings integers beyond 32 bits as floats."""
    return not isinstance(value, bool) and isinstance(value, (int, float)) and value == int(value)


class Connection:
    def __init__(self, socket, encoding):
        self.socket = socket
        self.encoding = encoding
        self.messages = []
        self.close_code = None
        self._changed = asyncio.Condition()
        self._next_id = 0
        self._reader = asyncio.create_task(self._read())

    async def _read(self):
        try:
            async for frame in self.socket:
                self.messages.append(json.loads(frame) if isinstance(frame, str) else msgpack.unpackb(frame))
                async with self._changed:
                    self._changed.notify_all()
        except ConnectionClosed:
            pass
        self.close_code = self.socket.close_code
        async with self._changed:
            self._changed.notify_all()

    async def send(self, message):
        await self.send_raw(json.dumps(message) if self.encoding == "json" else msgpack.packb(message))

    async def send_raw(self, data):
        await self.socket.send(data)

    def of(self, kind, channel=None):
        return [m for m in self.messages if m["type"] == kind and (channel is None or m["channel"] == channel)]

    async def until(self, what, holds, patience=PATIENCE):
        async def wait():
            async with self._changed:
                await self._changed.wait_for(lambda: holds() or self.close_code is not None)

        try:
            await asyncio.wait_for(wait(), patience)
        except asyncio.TimeoutError:
            pass
        if not holds():
            end = "" if self.close_code is None else f"; closed with {self.close_code}"
            raise Failed(f"waited in vain for {what}{end}; last: {str(self.messages[-2:])[:400]}")

    async def wait(self, what, test, patience=PATIENCE):
        await self.until(what, lambda: any(test(m) for m in self.messages), patience)
        return next(m for m in self.messages if test(m))

    async def welcome(self):
        return await self.wait("welcome", lambda m: m["type"] == "welcome")

    async def request(self, op, **keys):
        self._next_id += 1
        request_id = f"r{self._next_id}"
        await self.send({"id": request_id, "op": op, **keys})
        return await self.wait(f"the reply to {op} {keys}", lambda m: m["type"] == "reply" and m["id"] == request_id)

    async def result(self, op, **keys):
        reply = await self.request(op, **keys)
        expect(reply["ok"] is True, f"{op} {keys} was refused: {reply.get('error')}")
        return reply["result"]

    async def refusal(self, op, **keys):
        reply = await self.request(op, **keys)
        expect(reply["ok"] is False, f"{op} {keys} was answered")
        return reply["error"]

    async def query(self, method, **params):
        return await self.result("query", method=method, params=params)

    async def reply_to(self, data, is_raw=False):
        """Sends what may be no request, and gives the next reply."""
        before = len(self.of("reply"))
        await (self.send_raw(data) if is_raw else self.send(data))
        await self.until("a reply", lambda: len(self.of("reply")) > before)
        return self.of("reply")[before]

    async def subscribe(self, *channels, **more):
        before = len(self.of("snapshot"))
        await self.result("subscribe", channels=list(channels), **more)
        await self.until("snapshots", lambda: len(self.of("snapshot")) >= before + len(channels))

    async def updates(self, channel, count, patience=PATIENCE):
        await self.until(f"{count} updates of {channel}", lambda: len(self.of("update", channel)) >= count, patience)
        return self.of("update", channel)

    async def closed(self, code, **pattern):
        """Expects `closing` with a code, and the close with it."""
        await self.until(f"close with {code}", lambda: self.close_code is not None)
        expect(self.close_code == code, f"closed with {self.close_code}, and not {code}")
        closing = self.of("closing")
        expect(len(closing) == 1, f"{len(closing)} times closing")
        match(closing[0], {"code": code, "reason": str, **pattern})

    async def cut(self):
        await self.socket.close()
        await self._reader


class Peer:
    """The server under test, and who may be on it."""

    def __init__(self, url, encoding, accounts):
        self.url = urllib.parse.urlsplit(url)
        self.encoding = encoding
        self.accounts = accounts  # email and password by name: ann, bob, admin
        self.tokens = {}  # what auth.login answered, by name
        self.symbols = []
        self.open = []

    async def connect(self, path=None, subprotocols=None, headers=None):
        url = urllib.parse.urlunsplit((self.url.scheme, self.url.netloc, path or self.url.path, "", ""))
        offered = [SUBPROTOCOLS[self.encoding]] if subprotocols is None else subprotocols
        more = {HEADERS or "extra_headers": headers or {}}
        try:
            socket = await websockets.connect(url, subprotocols=offered or None, compression=None, max_size=2**24, **more)
        except InvalidHandshake as error:
            response = getattr(error, "response", None)
            raise UpgradeRefused(getattr(error, "status_code", None) or getattr(response, "status_code", None)) from error
        connection = Connection(socket, "json" if socket.subprotocol == SUBPROTOCOLS["json"] else "msgpack")
        self.open.append(connection)
        return connection

    async def log_in(self, connection, name):
        """Gives new tokens of somebody, as `auth.login` answers them."""
        if name not in self.accounts:
            raise Skip(f"nobody is named by --{name}")
        email, password = self.accounts[name]
        return await connection.query("auth.login", email=email, password=password)

    async def logged_in(self, name):
        """Gives a connection of somebody, and who it is."""
        connection = await self.connect()
        if name not in self.tokens:
            self.tokens[name] = await self.log_in(connection, name)
        tokens = self.tokens[name]
        await connection.result("auth", token=tokens["access_token"])
        return connection, tokens

    async def http(self, path, method="GET", headers=None):
        """Gives status, headers and body of an HTTP request to the same port."""

        def ask():
            kind = http.client.HTTPSConnection if self.url.scheme == "wss" else http.client.HTTPConnection
            connection = kind(self.url.netloc, timeout=PATIENCE)
            try:
                connection.request(method, path, headers=headers or {})
                answer = connection.getresponse()
                return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
            finally:
                connection.close()

        return await asyncio.get_running_loop().run_in_executor(None, ask)

    async def leave(self):
        for connection in self.open:
            await connection.cut()
        self.open.clear()
