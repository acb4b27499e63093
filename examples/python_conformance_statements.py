"""The statements of PROTOCOL.md's conformance list, each as a test of a server."""

import json
import time
import urllib.parse

from python_conformance_peer import Failed, Skip, UpgradeRefused, expect, fits, is_whole, match

LAST = "C54"
TICKER = ["time", "last", "bid", "ask", "open_24h", "high_24h", "low_24h", "volume_24h", "change_24h_percent"]
TICKER += ["simulated", "exchange_time", "received_time"]
TRADE = ["id", "time", "price", "amount", "side", "simulated", "exchange_time", "received_time"]
QUALITY = ["state", "source", "coverage", "depth", "simulated", "exchange_time", "received_time"]
CANDLE = ["time", "open", "high", "low", "close", "volume", "trade_count", "vwap", "closed", *QUALITY]
INDICATORS = ["time", "closed", *QUALITY]
PORTFOLIO = ["portfolio_id", "time", "simulated", "total_value_usd", "total_pnl_usd", "covered", "holdings", "missing"]
DASHBOARD = ["user_profile", "portfolio_summary", "ai_status", "market_overview", "active_signals", "notifications"]
EXPLAINED = ["channel", "kind", "role", "delivery", "source", "feeds", "epoch", "offset", "last_event", "lag_ms"]
EXPLAINED += ["gaps", "subscribers", "missing"]
OPS = ["auth", "subscribe", "unsubscribe", "query", "ping", "list", "explain"]
TIMEFRAMES = ["1m", "5m", "15m", "1h", "4h", "1d", "1w", "1M"]
CLOSE_PATIENCE = 200  # seconds: two candles of a minute, and what a server may wait for the last trade

STATEMENTS = {}
BAD = {"ok": False, "id": None, "error": {"code": "bad_message"}}


def statement(number):
    def keep(test):
        STATEMENTS[f"C{number}"] = test
        return test

    return keep


def offsets(messages):
    return [int(m["offset"]) for m in messages]


def is_run(numbers):
    """Each one more than the one before."""
    return all(b == a + 1 for a, b in zip(numbers, numbers[1:]))


def ascends(numbers):
    return all(b > a for a, b in zip(numbers, numbers[1:]))


async def refused_upgrade(peer, status, **how):
    try:
        await peer.connect(**how)
    except UpgradeRefused as refusal:
        expect(refusal.status == status, f"refused with {refusal.status}, and not {status}")
        return
    raise Failed("the upgrade was not refused")


# Connecting


@statement(1)
async def welcome(peer):
    """the first message is welcome"""
    client = await peer.connect()
    await client.until("a message", lambda: client.messages)
    match(client.messages[0], {"type": "welcome", "server": str, "epoch": str, "limits": dict, "simulated": bool})
    expect(is_whole(client.messages[0]["time"]), "time is no whole number of ms")
    limits = ["max_frame_bytes", "max_subscriptions", "max_messages_per_second"]
    expect(list(client.messages[0]["limits"]) == limits, "limits are others")


@statement(2)
async def subprotocols(peer):
    """the first known subprotocol is chosen"""
    offers = [["x", "cryptopredict.v1.json", "cryptopredict.v1.msgpack"], ["cryptopredict.v1.msgpack"], []]
    for offered in offers:
        client = await peer.connect(subprotocols=offered)
        chosen = next((name for name in offered if name != "x"), None)
        expect(client.socket.subprotocol == chosen, f"{client.socket.subprotocol} of {offered}")
        await client.welcome()


@statement(3)
async def unknown_subprotocol(peer):
    """an unknown subprotocol is refused with 400"""
    await refused_upgrade(peer, 400, subprotocols=["cryptopredict.v9.msgpack"])


@statement(4)
async def origin(peer):
    """an Origin that is not allowed is refused with 403, the own is not"""
    scheme = "https" if peer.url.scheme == "wss" else "http"
    own = await peer.connect(headers={"Origin": f"{scheme}://{peer.url.netloc}"})
    await own.welcome()
    try:
        await refused_upgrade(peer, 403, headers={"Origin": "https://conformance.invalid"})
    except Failed as failure:
        raise Skip("every origin is allowed here") if "not refused" in str(failure) else failure


@statement(5)
async def other_path(peer):
    """a path that is no WebSocket address is not upgraded"""
    try:
        await peer.connect(path="/v1/nothing")
    except UpgradeRefused:
        return
    raise Failed("it was upgraded")


# Requests


@statement(6)
async def ids(peer):
    """the reply has the id of its request"""
    client = await peer.connect()
    for request_id in ["x" * 64, 0, -7, 2**53 - 1, -(2**53) + 1, 70_000, "1"]:
        await client.send({"id": request_id, "op": "ping"})
        is_text = isinstance(request_id, str)
        same = lambda m: m["type"] == "reply" and m["id"] == request_id and isinstance(m["id"], str) == is_text
        match(await client.wait(f"the reply to {request_id}", same), {"ok": True})


@statement(7)
async def wrong_ids(peer):
    """without an id that may be, the reply is bad_message with id null"""
    client = await peer.connect()
    for message in [{}, {"id": ""}, {"id": "x" * 65}, {"id": 1.5}, {"id": None}, {"id": True}]:
        reply = await client.reply_to({**message, "op": "ping"})
        match(reply, {**BAD, "error": {"code": "bad_message", "field": "id"}})


@statement(8)
async def junk(peer):
    """what cannot be decoded, or is no map, is bad_message"""
    client = await peer.connect()
    match(await client.reply_to('{"id": 1,' if peer.encoding == "json" else b"\xc1\xff", is_raw=True), BAD)
    for message in [[1, 2], 7, None]:
        match(await client.reply_to(message), BAD)
    await client.result("ping")


@statement(9)
async def other_kind(peer):
    """a message of the other kind is bad_message"""
    client = await peer.connect()
    text = '{"id": 1, "op": "ping"}'
    match(await client.reply_to(text.encode() if peer.encoding == "json" else text, is_raw=True), BAD)
    await client.result("ping")


@statement(10)
async def unknown_op(peer):
    """an unknown op is unknown_op"""
    refusal = await (await peer.connect()).refusal("publish")
    match(refusal, {"code": "unknown_op", "field": "op"})
    expect(all(op in refusal["message"] for op in OPS), "the message does not name the ops")


@statement(11)
async def unknown_key(peer):
    """an unknown key is bad_message, by name"""
    client = await peer.connect()
    match(await client.refusal("ping", hello=1), {"code": "bad_message", "field": "hello"})
    match(await client.refusal("subscribe"), {"code": "bad_message", "field": "channels"})


@statement(12)
async def hostile(peer):
    """forbidden keys and deep nesting are bad_message"""
    client = await peer.connect()
    deep = 1
    for _ in range(20):
        deep = [deep]
    bad = {"error": {"code": "bad_message"}}
    match(await client.reply_to({"id": 1, "op": "query", "method": "assets.list", "params": {"a": deep}}), bad)
    match(await client.reply_to({"id": 1, "op": "ping", "__proto__": 1}), bad)


@statement(13)
async def ten_bad(peer):
    """ten bad messages in a row close with 4400"""
    client = await peer.connect()
    for number in range(9):
        await client.send({"id": number, "op": "nothing"})
    await client.result("ping")
    for number in range(10):
        await client.send({"id": number, "op": "nothing"})
    await client.closed(4400, retry_ms=None)


@statement(14)
async def too_large(peer):
    """a message that is too large closes with 1009"""
    client = await peer.connect()
    limits = (await client.welcome())["limits"]
    await client.send({"id": 1, "op": "query", "method": "x" * limits["max_frame_bytes"]})
    await client.closed(1009, retry_ms=None)


@statement(15)
async def ping(peer):
    """ping answers the time"""
    expect(is_whole((await (await peer.connect()).result("ping"))["time"]), "time is no whole number of ms")


@statement(16)
async def pipelined(peer):
    """requests that are sent at once are each answered once"""
    client = await peer.connect()
    for number in range(20):
        await client.send({"id": number, "op": "list" if number % 2 else "ping"})
    await client.until("replies", lambda: len(client.of("reply")) >= 20)
    expect(sorted(m["id"] for m in client.of("reply")) == list(range(20)), "not each once")


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
    expect(closed(channels[0])[:2] == closed(channels[1])[:2], "the rate changes what closes")


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


async def restless_alert(client, symbol):
    """Sets an alert that fires whenever the price has moved by next to nothing, so that events come."""
    more = {"condition": "percentage_change", "trigger_value": 0.0001, "is_repeating": True}
    return await client.query("alerts.create", symbol=symbol, alert_type="price_target", **more)


@statement(35)
async def recover_events(peer):
    """missed events come in order, each once"""
    witness, tokens = await peer.logged_in("ann")
    cut, _ = await peer.logged_in("ann")
    await witness.subscribe("alerts")
    await cut.subscribe("alerts")
    alert = await restless_alert(witness, peer.symbols[0])
    await cut.updates("alerts", 2, patience=60)
    await cut.cut()
    known = cut.of("update")
    place = {"epoch": cut.of("snapshot")[0]["epoch"], "offset": known[-1]["offset"]}
    await witness.updates("alerts", len(witness.of("update")) + 3, patience=60)
    back, _ = await peer.logged_in("ann")
    await back.subscribe("alerts", recover={"alerts": place})
    match(back.of("snapshot")[0], {"recovered": True, "data": None, **place})
    await back.updates("alerts", 3)
    await witness.query("alerts.delete", id=alert["id"])
    last = witness.of("update")[-1]["offset"]
    await back.until("all", lambda: back.of("update")[-1]["offset"] >= last)
    mine = known + back.of("update")
    expect(is_run(offsets(mine)), f"offsets are {offsets(mine)}")
    theirs = {m["offset"]: m["data"] for m in witness.of("update")}
    expect(all(theirs.get(m["offset"], m["data"]) == m["data"] for m in mine), "an event is another one")


# Queries


@statement(36)
async def pages(peer):
    """pages hold each item once"""
    client = await peer.connect()
    found, more = [], {}
    while True:
        answer = await client.query("assets.list", limit=3, **more)
        found += [asset["symbol"] for asset in answer["items"]]
        if answer["next_cursor"] is None:
            break
        more = {"cursor": answer["next_cursor"]}
    expect(sorted(found) == sorted(peer.symbols), f"the pages have {found}")


@statement(37)
async def candles(peer):
    """candles.list gives a range, oldest first, exact if wanted"""
    client = await peer.connect()
    which = {"symbol": peer.symbols[0], "timeframe": "1m"}
    times = [c["time"] for c in (await client.query("candles.list", **which))["items"]]
    expect(len(times) > 1 and ascends(times), f"times are {times}")
    some = await client.query("candles.list", **which, **{"from": int(times[0]), "to": int(times[1])}, exact=True)
    expect([c["time"] for c in some["items"]] == times[:1], "the range is another one")
    for name in ("open", "high", "low", "close", "volume"):
        value = some["items"][0][name]
        expect(isinstance(value, str) and float(value) >= 0, f"{name} is {value!r}")


@statement(38)
async def unknown_method(peer):
    """an unknown method is unknown_method"""
    refusal = await (await peer.connect()).refusal("query", method="assets.nothing")
    match(refusal, {"code": "unknown_method"})


@statement(39)
async def wrong_params(peer):
    """a wrong param is invalid_params, by name"""
    client = await peer.connect()
    wrong = [("assets.list", {"hello": 1}, "hello"), ("assets.list", {"limit": 0}, "limit")]
    wrong += [("assets.list", {"limit": "5"}, "limit"), ("assets.get", {}, "symbol")]
    wrong += [("assets.get", {"symbol": "NO/SUCH"}, "symbol")]
    wrong += [("candles.list", {"symbol": peer.symbols[0], "timeframe": "2m"}, "timeframe")]
    for method, params, field in wrong:
        refusal = await client.refusal("query", method=method, params=params)
        match(refusal, {"code": "invalid_params", "field": field})


# Who is at the other end


@statement(40)
async def guests(peer):
    """guests are unauthenticated"""
    client = await peer.connect()
    for channel in ["portfolio", "dashboard", "alerts", "notifications", "watchlist:1", "system-status"]:
        match(await client.refusal("subscribe", channels=[channel]), {"code": "unauthenticated", "field": "channels[0]"})
    for method in ["alerts.list", "portfolios.get", "admin.systemHealth", "auth.logout"]:
        match(await client.refusal("query", method=method), {"code": "unauthenticated"})


@statement(41)
async def auth(peer):
    """auth answers who it is; a wrong token changes nothing"""
    client = await peer.connect()
    match(await client.refusal("auth", token="nobody"), {"code": "unauthenticated", "field": "token"})
    _, tokens = await peer.logged_in("ann")
    told = await client.result("auth", token=tokens["access_token"])
    match(told, {"user": {"id": tokens["user"]["id"], "role": "public"}})
    expect(is_whole(told["expires_at"]), "expires_at is no time")
    await client.refusal("auth", token="nobody")
    match(await client.query("users.profile"), {"id": tokens["user"]["id"]})


@statement(42)
async def header(peer):
    """a token in the header of the upgrade does the same"""
    _, tokens = await peer.logged_in("ann")
    client = await peer.connect(headers={"Authorization": f"Bearer {tokens['access_token']}"})
    match(await client.query("users.profile"), {"id": tokens["user"]["id"]})
    nobody = await peer.connect(headers={"Authorization": "Bearer nobody"})
    await nobody.closed(4401, retry_ms=1000)


@statement(43)
async def forbidden(peer):
    """users are forbidden what is for admins"""
    client, _ = await peer.logged_in("ann")
    for channel in ["system-status", "recommendations"]:
        match(await client.refusal("subscribe", channels=[channel]), {"code": "forbidden"})
    for method in ["admin.systemHealth", "recommendations.queue"]:
        match(await client.refusal("query", method=method), {"code": "forbidden"})


@statement(44)
async def own_states(peer):
    """portfolio and dashboard begin with the own state"""
    client, _ = await peer.logged_in("ann")
    await client.subscribe("portfolio", "dashboard@1s")
    for channel, known in {"portfolio": PORTFOLIO, "dashboard@1s": DASHBOARD}.items():
        data = client.of("snapshot", channel)[0]["data"]
        expect(isinstance(data, dict) and set(known) <= set(data), f"{channel} is {data}")


@statement(45)
async def own_events(peer):
    """events of alerts come to their user alone"""
    ann, _ = await peer.logged_in("ann")
    bob, _ = await peer.logged_in("bob")
    for client in (ann, bob):
        await client.subscribe("alerts")
    alert = await restless_alert(ann, peer.symbols[0])
    await ann.updates("alerts", 3, patience=60)
    await ann.query("alerts.delete", id=alert["id"])
    expect(is_run(offsets(ann.of("snapshot") + ann.of("update"))), f"offsets are {offsets(ann.of('update'))}")
    for message in ann.of("update"):
        match(message["data"], {"alert_id": int, "symbol": peer.symbols[0], "cause": str, "title": str})
    await bob.result("ping")
    expect(bob.of("update") == [], "another user was told")


@statement(46)
async def lists_of_others(peer):
    """another user's list is as one that does not exist"""
    ann, _ = await peer.logged_in("ann")
    bob, _ = await peer.logged_in("bob")
    made = await ann.query("watchlists.create", name=f"mine {time.time()}")
    await ann.subscribe(f"watchlist:{made['id']}")
    for channel in [f"watchlist:{made['id']}", "watchlist:2147483647"]:
        match(await bob.refusal("subscribe", channels=[channel]), {"code": "unknown_channel"})
    await ann.query("watchlists.delete", id=made["id"])


@statement(47)
async def logout(peer):
    """what guests may have stays after auth and logout"""
    client = await peer.connect()
    ticker = f"ticker:{peer.symbols[0]}"
    await client.subscribe(ticker)
    tokens = await peer.log_in(client, "ann")
    await client.result("auth", token=tokens["access_token"])
    await client.subscribe("portfolio")
    await client.query("auth.logout")
    left = [s["channel"] for s in (await client.result("list"))["subscriptions"]]
    expect(left == [ticker], f"subscriptions are {left}")
    expect(len(client.of("snapshot", ticker)) == 1, "it began anew")
    match(await client.refusal("query", method="users.profile"), {"code": "unauthenticated"})


@statement(48)
async def refresh(peer):
    """a refresh keeps the connection; a second one ends the log-in"""
    guest = await peer.connect()
    tokens = await peer.log_in(guest, "bob")
    client = await peer.connect()
    await client.result("auth", token=tokens["access_token"])
    newer = await guest.query("auth.refresh", refresh_token=tokens["refresh_token"])
    expect(newer["access_token"] != tokens["access_token"], "the token is the same")
    match(await client.query("users.profile"), {"id": tokens["user"]["id"]})
    again = await guest.refusal("query", method="auth.refresh", params={"refresh_token": tokens["refresh_token"]})
    match(again, {"code": "unauthenticated"})
    await client.closed(4401, retry_ms=1000)
    match(await guest.refusal("auth", token=newer["access_token"]), {"code": "unauthenticated"})


@statement(49)
async def revoked(peer):
    """a session that is revoked is closed with 4401"""
    one, other = await peer.connect(), await peer.connect()
    for client in (one, other):
        await client.result("auth", token=(await peer.log_in(client, "bob"))["access_token"])
    await other.query("auth.revoke", all=True)
    peer.tokens.pop("bob", None)
    await one.closed(4401, retry_ms=1000)
    await other.query("users.profile")


@statement(50)
async def admins(peer):
    """admins see how the server stands"""
    client, tokens = await peer.logged_in("admin")
    match(tokens["user"], {"role": "admin"})
    await client.subscribe("system-status", "recommendations")
    match(client.of("snapshot", "system-status")[0]["data"], {"state": str, "parts": list})
    match(client.of("snapshot", "recommendations")[0], {"data": list})


# Addresses


@statement(51)
async def prices(peer):
    """the address of prices begins with snapshots"""
    symbol, other = peer.symbols[:2]
    asset = await (await peer.connect()).query("assets.get", symbol=symbol)
    quoted = urllib.parse.quote(other, safe="")
    client = await peer.connect(path=f"/api/v1/ws/prices/{asset['id']},{quoted}")
    await client.until("snapshots", lambda: len(client.of("snapshot")) == 2)
    expect([m["channel"] for m in client.of("snapshot")] == [f"ticker:{symbol}", f"ticker:{other}"], "others came")
    expect(client.of("reply") == [], "there is a reply")
    wrong = await peer.connect(path="/api/v1/ws/prices/NO%2FSUCH")
    reply = await wrong.wait("a reply", lambda m: m["type"] == "reply")
    match(reply, {"id": None, "ok": False, "error": {"code": "unknown_channel"}})


@statement(52)
async def dashboards(peer):
    """the address of a dashboard is its user's own"""
    _, tokens = await peer.logged_in("ann")
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    client = await peer.connect(path=f"/api/v1/ws/dashboard/{tokens['user']['id']}", headers=headers)
    await client.wait("a snapshot", lambda m: m["type"] == "snapshot" and m["channel"] == "dashboard")
    another = await peer.connect(path=f"/api/v1/ws/dashboard/{tokens['user']['id'] + 1}", headers=headers)
    await another.closed(4403, retry_ms=None)


# Limits and the end


@statement(53)
async def flood(peer):
    """a flood is refused, then closed with 4429"""
    client = await peer.connect()
    most = (await client.welcome())["limits"]["max_messages_per_second"]
    for number in range(most * 5):
        if client.close_code is not None:
            break
        try:
            await client.send({"id": number, "op": "ping"})
        except Exception:  # The server has closed meanwhile, which is what is wanted.
            break
    await client.closed(4429, retry_ms=30000)
    expect(any(fits(m, {"error": {"code": "rate_limited"}}) for m in client.of("reply")), "nothing was refused before")


# HTTP


@statement(55)
async def rest(peer):
    """REST answers as the methods do"""
    client, tokens = await peer.logged_in("ann")
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    status, _, body = await peer.http("/api/v1/assets")
    expect(status == 200, f"status is {status}")
    by_query = [asset["id"] for asset in (await client.query("assets.list"))["items"]]
    expect([asset["id"] for asset in json.loads(body)["items"]] == by_query, "assets are others")
    _, _, body = await peer.http("/api/v1/users/profile", headers=headers)
    match(json.loads(body), {"id": tokens["user"]["id"]})
    refused = [("/api/v1/assets?limit=0", {}, 400, {"code": "invalid_params", "field": "limit"})]
    refused += [("/api/v1/assets/NO%2FSUCH", {}, 400, {"code": "invalid_params", "field": "symbol"})]
    refused += [("/api/v1/alerts", {}, 401, {"code": "unauthenticated"})]
    refused += [("/api/v1/admin/system-health", {"headers": headers}, 403, {"code": "forbidden"})]
    refused += [("/api/v1/nothing", {}, 404, {"code": "not_found"})]
    refused += [("/api/v1/assets", {"method": "DELETE"}, 405, {"code": "bad_message"})]
    for path, how, expected, error in refused:
        status, told, body = await peer.http(path, **how)
        expect(status == expected, f"{path} is answered with {status}")
        match(json.loads(body), {"error": {**error, "message": str}})
        expect(status != 401 or told["www-authenticate"].startswith("Bearer"), "www-authenticate is missing")
        expect(status != 405 or "GET" in told["allow"], "allow is missing")


@statement(56)
async def conditional(peer):
    """reading again is 304"""
    _, told, _ = await peer.http("/api/v1/openapi.json")
    status, _, body = await peer.http("/api/v1/openapi.json", headers={"If-None-Match": told["etag"]})
    expect(status == 304 and body == b"", f"status is {status}")


@statement(57)
async def health(peer):
    """health, readiness and metrics answer"""
    for path in ("/healthz", "/readyz", "/metrics"):
        status, _, _ = await peer.http(path)
        expect(status == 200 or (path == "/readyz" and status == 503), f"{path} is answered with {status}")


@statement(54)
async def draining(peer):
    """a shutdown tells positions, then closes with 1001"""
    client = await peer.connect()
    channel = f"ticker:{peer.symbols[0]}"
    await client.subscribe(channel)
    print("C54 waits for the server to be stopped", flush=True)
    await client.until("the end of the server", lambda: client.close_code is not None, CLOSE_PATIENCE)
    await client.closed(1001)
    told = client.of("draining")[0]
    snapshot = client.of("snapshot")[0]
    match(told["positions"][channel], {"epoch": snapshot["epoch"]})
    expect(told["positions"][channel]["offset"] >= snapshot["offset"], "the position is older")
    expect(is_whole(told["retry_ms"]), "retry_ms is missing")
