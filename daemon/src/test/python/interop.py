"""Python's ordinary clients against a real daemon: URL and TOKEN. Prints a line for each thing that works."""

import asyncio
import http.client
import json
import sys
import urllib.error
import urllib.request
from decimal import Decimal
from urllib.parse import quote, urlsplit

import websockets

URL, TOKEN = sys.argv[1].rstrip("/"), sys.argv[2]
HOST = urlsplit(URL).netloc
HEADERS = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}


def told(claim, actual, expected):
    if actual != expected:
        raise AssertionError(f"{claim}: {actual!r} instead of {expected!r}")
    print(claim)


def over_urllib():
    text = '{"name": "Ada Wójcik 🧾", "credit": 12.10}'.encode()
    request = urllib.request.Request(URL + "/api/docs/contact/ada", data=text, method="PUT", headers=HEADERS)
    with urllib.request.urlopen(request, timeout=30) as answer:
        told("urllib: created", answer.status, 201)
    with urllib.request.urlopen(urllib.request.Request(URL + "/api/docs/contact/ada", headers=HEADERS)) as answer:
        told("urllib: digits and letters as written", json.loads(answer.read(), parse_float=Decimal),
             {"name": "Ada Wójcik 🧾", "credit": Decimal("12.10")})
    try:
        urllib.request.urlopen(URL + "/api/docs/contact/ada")
        raise AssertionError("no token was needed")
    except urllib.error.HTTPError as refused:
        told("urllib: problems can be read", json.loads(refused.read())["code"], "unauthorized")


def over_http_client():
    connection = http.client.HTTPConnection(HOST, timeout=30)
    sockets = set()
    for number in range(3):
        path = "/api/docs/contact/" + quote("a~b:c@d+%d" % number)
        connection.request("PUT", path, body=iter([b'{"n":', b"%d}" % number]), headers=HEADERS, encode_chunked=True)
        answer = connection.getresponse()
        answer.read()
        told(f"http.client: body in chunks {number}", answer.status, 201)
        sockets.add(connection.sock.getsockname())
    told("http.client: one connection for all", len(sockets), 1)
    connection.request("HEAD", "/api/docs/contact/ada", headers=HEADERS)
    answer = connection.getresponse()
    told("http.client: HEAD has an ETag and no body", (bool(answer.getheader("ETag")), answer.read()), (True, b""))
    connection.request("PUT", "/api/docs/contact/big", body=b"x" * (1 << 20), headers=HEADERS)
    answer = connection.getresponse()
    told("http.client: what is too large is told", json.loads(answer.read())["code"], "too_large")
    connection.close()


def open_socket(token, **others):
    protocols = ["lanyard.v1", f"lanyard.token.{token}"]
    return websockets.connect(f"ws://{HOST}/ws", subprotocols=protocols, max_size=1 << 23, **others)


async def next_of(socket, kind):
    while True:
        message = json.loads(await asyncio.wait_for(socket.recv(), 30), parse_float=Decimal)
        if message["type"] == kind:
            return message


async def over_websockets():
    async with open_socket(TOKEN) as reader, open_socket(TOKEN, ping_interval=0.2) as writer:
        told("websockets: subprotocol", reader.subprotocol, "lanyard.v1")
        await reader.send(json.dumps({"op": "subscribe", "ref": 1, "collections": ["contact"], "since": "start"}))
        first = await next_of(reader, "contact_created")
        told("websockets: first picture", first["snapshot"], True)
        await next_of(reader, "synced")
        note = "ł" * 60_000
        text = json.dumps({"op": "put", "ref": 2, "collection": "contact", "id": "long", "data": {"note": note}}, ensure_ascii=False)
        await writer.send([text[:10], text[10:50_000], text[50_000:]])
        told("websockets: message in fragments", (await next_of(writer, "ack"))["outcome"], "created")
        told("websockets: event", (await next_of(reader, "contact_created"))["data"], {"note": note})
        pong = await writer.ping()
        await asyncio.wait_for(pong, 30)
        print("websockets: pong")
        await asyncio.sleep(0.5)
        told("websockets: its own heartbeats are answered", writer.open if hasattr(writer, "open") else True, True)
    try:
        async with open_socket("wrong") as refused:
            await asyncio.wait_for(refused.recv(), 30)
            raise AssertionError("a wrong token came in")
    except websockets.ConnectionClosed as closed:
        told("websockets: close code", closed.rcvd.code, 4001)


over_urllib()
over_http_client()
asyncio.run(over_websockets())
