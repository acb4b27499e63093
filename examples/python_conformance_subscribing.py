"""Statements C17 to C34: subscribing, recovery."""

import time

from python_conformance_peer import CLOSE_PATIENCE, Skip, ascends, expect, is_run, is_whole, match, offsets, statement

TICKER = ["time", "last", "bid", "ask", "open_24h", "high_24h", "low_24h", "volume_24h", "change_24h_percent"]
TICKER += ["simulated", "exchange_time", "received_time"]
TRADE = ["id", "time", "price", "amount", "side", "simulated", "exchange_time", "received_time"]
QUALITY = ["state", "source", "coverage", "depth", "simulated", "exchange_time", "received_time"]
CANDLE = ["time", "open", "high", "low", "close", "volume", "trade_count", "vwap", "closed", *QUALITY]
INDICATORS = ["time", "closed", *QUALITY]
EXPLAINED = ["channel", "kind", "role", "delivery", "source", "feeds", "epoch", "offset", "last_event", "lag_ms"]
EXPLAINED += ["gaps", "subscribers", "missing"]
TIMEFRAMES = ["1m", "5m", "15m", "1h", "4h", "1d", "1w", "1M"]


# Subscribing


@statement(17)
async def snapshots(peer):
    """the reply comes before one snapshot per channel"""
    client = await peer.connect()
    symbol = peer.symbols[0]
    channels = [f"ticker:{symbol}", f"candles:{symbol}:1m", f"trades:{symbol}"]
    match(await client.result("subscribe", channels=[*channels, channels[0]]), {"channels": channels})
    await client.until("snapshots", lambda: len(client.of("snapshot")) == 3)
    kinds = [m["type"] for m in client.messages]
    expect(kinds.index("reply") < kinds.index("snapshot"), "a snapshot came before the reply")
    expect({m["channel"] for m in client.of("snapshot")} == set(channels), "not one per channel")
    for message in client.of("snapshot"):
        match(message, {"epoch": str})
        expect(is_whole(message["offset"]) and is_whole(message["time"]) and "data" in message, f"{message}")


@statement(18)
async def all_or_none(peer):
    """channels are subscribed all or none"""
    client = await peer.connect()
    refusal = await client.refusal("subscribe", channels=[f"ticker:{peer.symbols[0]}", "ticker:NO/SUCH"])
    match(refusal, {"code": "unknown_channel", "field": "channels[1]"})
    match(await client.result("list"), {"subscriptions": []})
    expect(client.of("snapshot") == [], "there is a snapshot")


@statement(19)
async def unknown_channels(peer):
    """what does not exist is unknown_channel"""
    client = await peer.connect()
    symbol = peer.symbols[0]
    none = [f"book:{symbol}", "ticker:NO/SUCH", "ticker", f"candles:{symbol}:2m", f"ticker:{symbol}@2s", "signals@1s"]
    for channel in none:
        refusal = await client.refusal("subscribe", channels=[channel])
        match(refusal, {"code": "unknown_channel", "field": "channels[0]", "message": str})


@statement(20)
async def updates(peer):
    """offsets of updates go up by one from the snapshot's"""
    client = await peer.connect()
    channel = f"ticker:{peer.symbols[0]}"
    await client.subscribe(channel)
    await client.updates(channel, 5)
    expect(client.of("skipped") == [], "it skipped")
    numbers = offsets(client.of("snapshot") + client.of("update"))
    expect(is_run(numbers), f"offsets are {numbers}")


@statement(21)
async def fields(peer):
    """data have the fields of the page"""
    client = await peer.connect()
    symbol = peer.symbols[0]
    names = {f"ticker:{symbol}": TICKER, f"trades:{symbol}": TRADE, f"candles:{symbol}:1m": CANDLE}
    names[f"indicators:{symbol}:1m"] = INDICATORS
    await client.subscribe(*names)
    for channel, known in names.items():
        data = (await client.updates(channel, 1))[0]["data"]
        for item in data if isinstance(data, list) else [data]:
            expect(list(item)[: len(known)] == known, f"{channel} has {list(item)}")


@statement(22)
async def rows(peer):
    """with rows, data are in the order of fields"""
    client = await peer.connect()
    symbol = peer.symbols[0]
    names = {f"ticker:{symbol}": TICKER, f"trades:{symbol}": TRADE}
    await client.subscribe(*names, rows=True)
    for channel, known in names.items():
        snapshot = client.of("snapshot", channel)[0]
        expect(snapshot["fields"][: len(known)] == known, f"fields of {channel} are {snapshot['fields']}")
        data = (await client.updates(channel, 1))[0]["data"]
        for row in data if channel.startswith("trades") else [data]:
            expect(len(row) == len(snapshot["fields"]), f"{channel} has {len(row)} values")


@statement(23)
async def rates(peer):
    """a rate thins a channel"""
    client = await peer.connect()
    channel = f"ticker:{peer.symbols[0]}@250ms"
    begun = time.monotonic()
    await client.subscribe(channel)
    numbers = offsets(client.of("snapshot", channel) + await client.updates(channel, 2))
    expect(ascends(numbers), f"offsets are {numbers}")
    expect(len(numbers) - 1 <= (time.monotonic() - begun) / 0.25 + 1, "it comes faster")


@statement(24)
async def two_rates(peer):
    """a channel and the same at a rate are two subscriptions"""
    client = await peer.connect()
    plain = f"ticker:{peer.symbols[0]}"
    await client.subscribe(plain, f"{plain}@100ms")
    for channel in (plain, f"{plain}@100ms"):
        await client.updates(channel, 2)
    await client.result("unsubscribe", channels=[f"{plain}@100ms"])
    await client.updates(plain, len(client.of("update", plain)) + 2)
    expect(is_run(offsets(client.of("update", plain))), "updates are missing")


@statement(25)
async def anew(peer):
    """subscribing again begins anew, in the newer form"""
    client = await peer.connect()
    channel = f"ticker:{peer.symbols[0]}"
    await client.subscribe(channel)
    await client.subscribe(channel, rows=True)
    place = client.messages.index(client.of("snapshot")[1])
    expect(isinstance(client.of("snapshot")[0]["data"], dict), "the first is no map")
    after = lambda: [m for m in client.messages[place:] if m["type"] in ("snapshot", "update")]
    await client.until("an update", lambda: len(after()) >= 2)
    expect(all(isinstance(m["data"], list) for m in after()), "a map came behind the second snapshot")


@statement(26)
async def closes(peer):
    """a candle is told as closed once, in order"""
    client = await peer.connect()
    channels = [f"candles:{peer.symbols[0]}:1m", f"candles:{peer.symbols[0]}:1m@1s"]
    await client.subscribe(*channels)
    closed = lambda channel: [m["data"]["time"] for m in client.of("update", channel) if m["data"]["closed"]]
    await client.until("closes", lambda: all(len(closed(c)) >= 2 for c in channels), CLOSE_PATIENCE)
    for channel in channels:
        expect(ascends(closed(channel)), f"closes of {channel} are {closed(channel)}")
        times = [m["data"]["time"] for m in client.of("update", channel)]
        expect(times == sorted(times), f"{channel} goes back")
    # One of them may have closed between the two snapshots.
    begin = max(closed(channel)[0] for channel in channels)
    some, others = ([t for t in closed(channel) if t >= begin] for channel in channels)
    both = min(len(some), len(others))
    expect(some[:both] == others[:both], "the rate changes what closes")


@statement(27)
async def trades(peer):
    """trades are in order, none twice"""
    client = await peer.connect()
    channel = f"trades:{peer.symbols[0]}"
    await client.subscribe(channel)
    await client.updates(channel, 3)
    all_trades = [t for m in client.of("snapshot") + client.of("update") for t in m["data"] or []]
    times = [t["time"] for t in all_trades]
    expect(times == sorted(times), "they are not in order")
    expect(len({t["id"] for t in all_trades}) == len(all_trades), "one came twice")


@statement(28)
async def unsubscribe(peer):
    """after the reply to unsubscribe nothing comes"""
    client = await peer.connect()
    gone, kept = (f"ticker:{symbol}" for symbol in peer.symbols[:2])
    await client.subscribe(gone, kept)
    match(await client.result("unsubscribe", channels=[gone, "ticker:NO/SUCH"]), {"channels": [gone]})
    place = client.messages.index(client.of("reply")[-1])
    await client.updates(kept, len(client.of("update", kept)) + 3)
    expect(not any(m.get("channel") == gone for m in client.messages[place:]), "something came")


@statement(29)
async def listing(peer):
    """list tells subscriptions, positions and patterns"""
    client = await peer.connect()
    channel = f"ticker:{peer.symbols[0]}"
    await client.subscribe(channel, rows=True)
    await client.result("subscribe", channels=["trades:*@1s"])
    told = await client.result("list")
    match(told, {"patterns": ["trades:*@1s"]})
    mine = next(s for s in told["subscriptions"] if s["channel"] == channel)
    snapshot = client.of("snapshot", channel)[0]
    match(mine, {"epoch": snapshot["epoch"], "rows": True})
    expect(mine["offset"] >= snapshot["offset"], "it goes back")


@statement(30)
async def patterns(peer):
    """a pattern stands for all symbols"""
    client = await peer.connect()
    symbols = {f"ticker:{symbol}@100ms" for symbol in peer.symbols}
    match(await client.result("subscribe", channels=["ticker:*@100ms"]), {"channels": ["ticker:*@100ms"]})
    await client.until("snapshots", lambda: symbols <= {m["channel"] for m in client.of("snapshot")})
    named = f"ticker:{peer.symbols[0]}@100ms"
    await client.subscribe(named)
    match(await client.result("unsubscribe", channels=["ticker:*@100ms"]), {"channels": ["ticker:*@100ms"]})
    place = client.messages.index(client.of("reply")[-1])
    after = lambda: [m for m in client.messages[place:] if m["type"] == "update"]
    await client.until("updates of the other", lambda: len(after()) >= 2)
    expect(all(m["channel"] == named for m in after()), "others came")


@statement(31)
async def too_many(peer):
    """more than max_subscriptions are refused"""
    client = await peer.connect()
    most = (await client.welcome())["limits"]["max_subscriptions"]
    kinds = [f"{kind}:{s}:{t}" for s in peer.symbols for t in TIMEFRAMES for kind in ("candles", "indicators")]
    kinds += [f"{kind}:{s}" for s in peer.symbols for kind in ("ticker", "trades")]
    channels = [f"{name}{rate}" for name in kinds for rate in ("", "@100ms", "@250ms", "@1s")][: most + 1]
    if len(channels) <= most:
        raise Skip(f"there are not {most + 1} channels")
    match(await client.refusal("subscribe", channels=channels), {"code": "too_many_subscriptions"})
    match(await client.result("list"), {"subscriptions": []})


@statement(32)
async def explain(peer):
    """explain answers what the page says"""
    client = await peer.connect()
    told = await client.result("explain", channel=f"ticker:{peer.symbols[0]}")
    expect(list(told) == EXPLAINED, f"keys are {list(told)}")
    match(told, {"kind": "ticker", "role": "guest", "delivery": "latest"})
    match(await client.refusal("explain", channel="ticker:NO/SUCH"), {"code": "unknown_channel"})


# Recovery


@statement(33)
async def recover(peer):
    """from a position of this epoch it goes on"""
    channel = f"ticker:{peer.symbols[0]}"
    before = await peer.connect()
    await before.subscribe(channel)
    await before.updates(channel, 1)
    await before.cut()
    place = {"epoch": before.of("snapshot")[0]["epoch"], "offset": before.of("update")[-1]["offset"]}
    client = await peer.connect()
    await client.subscribe(channel, recover={channel: place})
    match(client.of("snapshot")[0], {"recovered": True, "data": None, **place})
    expect(offsets(await client.updates(channel, 2))[0] > place["offset"], "it goes back")


@statement(34)
async def other_epoch(peer):
    """from a position of another epoch it begins anew"""
    client = await peer.connect()
    channel = f"ticker:{peer.symbols[0]}"
    await client.subscribe(channel, recover={channel: {"epoch": "another", "offset": 1}})
    match(client.of("snapshot")[0], {"recovered": False, "data": dict})
