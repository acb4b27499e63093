"""Statements C35 and C40 to C57: users and admins, addresses, limits and the end, HTTP."""

import json
import time
import urllib.parse

from python_conformance_peer import CLOSE_PATIENCE, expect, fits, is_run, is_whole, match, offsets, statement

PORTFOLIO = ["portfolio_id", "time", "simulated", "total_value_usd", "total_pnl_usd", "covered", "holdings", "missing"]
DASHBOARD = ["user_profile", "portfolio_summary", "ai_status", "market_overview", "active_signals", "notifications"]


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
