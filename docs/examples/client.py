#!/usr/bin/env python3
"""A client in plain Python: documents over HTTP, changes as they happen from the feed, money as Decimal."""

import json
import os
import threading
import urllib.error
import urllib.parse
import urllib.request
from decimal import Decimal
from pathlib import Path

STATE = Path(os.environ.get("XDG_STATE_HOME", Path.home() / ".local/state"))
HOME = Path(os.environ.get("LANYARD_HOME", STATE / "lanyard"))
API = (HOME / "api").read_text().strip().rstrip("/")
TOKEN = (HOME / "token").read_text().strip()


def write(value):
    """Returns JSON with every Decimal digit for digit; the module json would make a binary fraction of it."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(name)}: {write(member)}" for name, member in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(write, value)) + "]"
    return json.dumps(value)


def read(text):
    return json.loads(text, parse_float=Decimal)


def call(method, path, body=None, **headers):
    headers = {"Authorization": f"Bearer {TOKEN}", "Lanyard-Client": "python", **headers}
    if body is not None:
        headers["Content-Type"] = "application/json"
    request = urllib.request.Request(
        API + path, method=method, headers=headers, data=None if body is None else write(body).encode()
    )
    return urllib.request.urlopen(request, timeout=30)


def watch(collection, listener, is_ready):
    """Tells of every change that another program makes."""
    query = urllib.parse.urlencode({"collection": collection, "since": "now"})
    with call("GET", f"/api/sync/changes?{query}") as feed:
        for line in feed:
            event = read(line) if line.strip() else {}
            if event.get("type") == "synced":
                is_ready.set()
            elif event:
                listener(event)
                return


def main():
    call("PUT", "/api/docs/expense/tea", {"what": "tea", "amount": Decimal("2.40"), "paid": False})
    call("PUT", "/api/docs/expense/train", {"what": "train", "amount": Decimal("12.10"), "paid": False})

    is_ready = threading.Event()
    watcher = threading.Thread(target=watch, args=("expense", lambda e: print(e["type"], e["id"], e["changed"]), is_ready))
    watcher.start()
    is_ready.wait(30)
    # Another program, by its name: this one is not told of its own changes.
    call("PATCH", "/api/docs/expense/train", {"paid": True}, **{"Lanyard-Client": "another"})
    watcher.join(30)

    try:
        call("PATCH", "/api/docs/expense/train", {"paid": False}, **{"If-Match": '"0"'})
    except urllib.error.HTTPError as refused:
        print(refused.code, read(refused.read())["code"])

    query = urllib.parse.urlencode({"where": "amount>=2"})
    items = read(call("GET", f"/api/docs/expense?{query}").read())["items"]
    print("total", sum(item["data"]["amount"] for item in items))


if __name__ == "__main__":
    main()
