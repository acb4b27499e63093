"""Statements C1 to C16 and C36 to C39 of PROTOCOL.md's conformance list: connecting, requests, queries."""

from python_conformance_peer import Failed, Skip, UpgradeRefused, ascends, expect, is_whole, match, statement

OPS = ["auth", "subscribe", "unsubscribe", "query", "ping", "list", "explain"]
BAD = {"ok": False, "id": None, "error": {"code": "bad_message"}}


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
