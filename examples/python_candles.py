#!/usr/bin/env python3
"""Prints live candles until Ctrl-C, or until --count of them; comes back by itself after a lost connection.

Needs two packages, on Debian python3-msgpack and python3-websockets, elsewhere `pip install msgpack websockets`:

    python3 examples/python_candles.py --symbol BTC/USDT --timeframe 1m --count 10
"""

import argparse
import asyncio
import random
import sys
from datetime import datetime, timezone

import msgpack
import websockets
from websockets.exceptions import ConnectionClosed, InvalidHandshake

LONGEST_PAUSE = 15.0  # seconds


class Refused(Exception):
    """The server says no, and would say no again."""


def log(text):
    print(text, file=sys.stderr, flush=True)


def show(candle, symbol, timeframe):
    start = datetime.fromtimestamp(candle["time"] / 1000, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    prices = " ".join(f"{name[0].upper()} {candle[name]}" for name in ("open", "high", "low", "close", "volume"))
    print(f"{start} {symbol} {timeframe} {prices} {candle['state']}", flush=True)


async def candles(url, symbol, timeframe, ending):
    """Gives the candles of one connection; what the server says about coming back goes to `ending`."""
    channel = f"candles:{symbol}:{timeframe}"
    async with websockets.connect(url, subprotocols=["cryptopredict.v1.msgpack"]) as socket:
        await socket.send(msgpack.packb({"id": 1, "op": "subscribe", "channels": [channel]}))
        async for frame in socket:
            message = msgpack.unpackb(frame)
            kind = message["type"]
            if kind == "welcome":
                simulated = ": PRICES ARE SIMULATED" if message["simulated"] else ""
                log(f"connected to {message['server']}{simulated}")
            elif kind == "reply" and not message["ok"]:
                raise Refused(message["error"]["message"])
            elif kind in ("closing", "draining"):
                ending["retry_ms"] = message["retry_ms"]
            elif kind in ("snapshot", "update") and message["data"] is not None:
                ending["failures"] = 0
                yield message["data"]


async def follow(url, symbol, timeframe, count):
    printed = 0
    ending = {"failures": 0}
    while True:
        ending.pop("retry_ms", None)
        reason = "the server closed"
        try:
            async for candle in candles(url, symbol, timeframe, ending):
                show(candle, symbol, timeframe)
                printed += 1
                if printed == count:
                    return
        except (ConnectionClosed, InvalidHandshake, OSError, asyncio.TimeoutError) as error:
            reason = str(error) or type(error).__name__
        ending["failures"] += 1
        backoff = min(0.25 * 2 ** min(ending["failures"], 10), LONGEST_PAUSE) * random.uniform(0.5, 1)
        window = ending.get("retry_ms", backoff * 1000)
        if window is None:
            raise Refused(reason)
        # A server that goes down names a window, so that not everybody comes back at once.
        pause = max(random.uniform(0, window / 1000), backoff if ending["failures"] > 1 else 0)
        log(f"connection lost ({reason}), again in {pause:.1f} s")
        await asyncio.sleep(pause)


def main():
    parser = argparse.ArgumentParser(description="Prints live candles of CryptoPredict.")
    parser.add_argument("--url", default="ws://127.0.0.1:8080/v1/stream")
    parser.add_argument("--symbol", default="BTC/USDT")
    parser.add_argument("--timeframe", default="1m", choices=["1m", "5m", "15m", "1h", "4h", "1d", "1w", "1M"])
    parser.add_argument("--count", type=int, default=0, help="candles to print; 0: until Ctrl-C")
    options = parser.parse_args()
    try:
        asyncio.run(follow(options.url, options.symbol, options.timeframe, options.count))
    except KeyboardInterrupt:
        pass
    except Refused as refusal:
        sys.exit(f"refused: {refusal}")


if __name__ == "__main__":
    main()
