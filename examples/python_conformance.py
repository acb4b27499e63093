#!/usr/bin/env python3
"""Goes through the conformance list of PROTOCOL.md against a server, and says of each statement whether it holds.

Needs two packages, on Debian python3-msgpack and python3-websockets, elsewhere `pip install msgpack websockets`:

    python3 examples/python_conformance.py --url ws://127.0.0.1:8080/v1/stream --admin me@example.com:password

It registers two users, or logs in those of --ann and --bob. On a market at its own pace it takes some minutes, since it waits
for candles to close. Ends with 1 if a statement does not hold; what cannot be tested is named as skipped.
"""

import argparse
import asyncio
import re
import secrets
import sys
import traceback

import python_conformance_connecting  # noqa: F401, fills STATEMENTS, as the next two
import python_conformance_subscribing  # noqa: F401
import python_conformance_users  # noqa: F401
from python_conformance_peer import STATEMENTS, Failed, Peer, Skip, UpgradeRefused

LAST = "C54"  # ends the server
PASSWORD = "correct horse battery"


async def prepare(peer):
    connection = await peer.connect()
    assets = await connection.query("assets.list", limit=500)
    peer.symbols = [asset["symbol"] for asset in assets["items"]]
    for name in ("ann", "bob"):
        if name in peer.accounts:
            continue
        email = f"{name}-{secrets.token_hex(8)}@example.com"
        reply = await connection.request("query", method="auth.register", params={"email": email, "password": PASSWORD})
        if reply["ok"] and not reply["result"]["verification_required"]:
            peer.accounts[name] = (email, PASSWORD)
            peer.tokens[name] = reply["result"]
    await peer.leave()


async def run(peer, chosen):
    failures = 0
    for name in sorted(chosen, key=lambda name: (name == LAST, int(name[1:]))):
        statement = STATEMENTS[name]
        try:
            await statement(peer)
            outcome = "ok"
        except Skip as reason:
            outcome = f"skipped: {reason}"
        except (Failed, UpgradeRefused) as reason:
            failures += 1
            outcome = f"FAILED: {reason}"
        except Exception as error:  # Whatever it is, the statement does not hold, and the others are still told.
            failures += 1
            outcome = f"FAILED: {error!r}"
            traceback.print_exc()
        print(f"{name} {outcome} - {statement.__doc__}", flush=True)
        await peer.leave()
    return failures


def account(text):
    email, colon, password = text.partition(":")
    if colon == "" or "@" not in email:
        raise argparse.ArgumentTypeError("has to be email:password")
    return email, password


def main():
    parser = argparse.ArgumentParser(description="Holds a server to the conformance list of PROTOCOL.md.")
    parser.add_argument("--url", default="ws://127.0.0.1:8080/v1/stream")
    parser.add_argument("--encoding", default="msgpack", choices=["msgpack", "json"])
    for name in ("ann", "bob", "admin"):
        parser.add_argument(f"--{name}", type=account, help="email:password of an account")
    parser.add_argument("--only", help="statements, comma-separated, such as C1,C20")
    parser.add_argument("--until-shutdown", action="store_true", help=f"tests {LAST} too: waits for the server to be stopped")
    parser.add_argument("--list", action="store_true", help="names the statements, and ends")
    options = parser.parse_args()
    if options.list:
        for name, statement in sorted(STATEMENTS.items(), key=lambda item: int(item[0][1:])):
            print(name, re.sub(r"\s+", " ", statement.__doc__ or ""))
        return
    wanted = set(options.only.split(",")) if options.only else set(STATEMENTS)
    if not wanted <= set(STATEMENTS):
        parser.error(f"--only: there is no {', '.join(sorted(wanted - set(STATEMENTS)))}; see --list")
    chosen = wanted if options.until_shutdown else wanted - {LAST}
    named = {name: value for name in ("ann", "bob", "admin") if (value := getattr(options, name)) is not None}
    peer = Peer(options.url, options.encoding, named)

    async def work():
        await prepare(peer)
        return await run(peer, chosen)

    failures = asyncio.run(work())
    print(f"{len(chosen) - failures} of {len(chosen)} statements hold or were skipped, {failures} do not hold", flush=True)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
