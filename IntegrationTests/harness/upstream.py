"""A Socket.IO server of python-socketio that the hub connects to, and a channel in C that writes down what comes from there."""

import asyncio
import pathlib
import subprocess
import threading
import time

import socketio
from aiohttp import web

from . import TIMEOUT
from .hub import ROOT, free_port


class Server:
    """Accepts websockets on a port that stays the same over restarts; `known` are the namespaces that exist, `key` what the request for a
    websocket must bring as `apikey`, in the query or in a header."""

    def __init__(self, known=("/",), tls=None, key=None, **options):
        self.port, self.known, self.tls, self.key, self.options = free_port(), set(known), tls, key, options
        self.asked = []  # (namespace, apikey of the request, token of CONNECT), one for each
        self.refused = 0  # requests without the key
        self.attempts = []  # when a websocket was asked for
        self.refusals = 0  # how many of the next requests for a websocket are refused
        self.said = []  # (namespace, arguments)
        self.transports = set()  # of the websockets that are open
        self.most = 0  # connections at once
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.runner = None

    @property
    def url(self):
        return f"{'wss' if self.tls else 'ws'}://localhost:{self.port}"

    def run(self, work):
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(TIMEOUT)

    def start(self):
        self.run(self._start())
        return self

    def stop(self):
        """Ends it as a crash would: every connection is cut."""
        if self.runner:
            self.run(self._stop())

    def close(self):
        self.stop()
        self.run(self._cancel())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(TIMEOUT)
        self.loop.close()

    def sid(self, namespace="/"):
        """The client in a namespace, once there is one."""
        deadline = time.monotonic() + TIMEOUT
        while True:
            for sid, _ in list(self.server.manager.get_participants(namespace, None)):
                return sid
            assert time.monotonic() < deadline, f"nobody joined {namespace}; asked: {self.asked}"
            time.sleep(0.02)

    def emit(self, name, *arguments, namespace="/"):
        self.sid(namespace)
        self.run(self.server.emit(name, arguments, namespace=namespace))

    def call(self, name, *arguments, namespace="/"):
        return self.run(self.server.call(name, arguments, to=self.sid(namespace), namespace=namespace, timeout=TIMEOUT))

    @property
    def open(self):
        return len(self.transports)

    def cut(self):
        """Ends every websocket without a word; the server goes on."""
        self.run(self._cut())

    async def _cut(self):
        while self.transports:
            for transport in list(self.transports):
                transport.abort()
            await asyncio.sleep(0)

    def kick(self, namespace):
        self.run(self.server.disconnect(self.sid(namespace), namespace))

    async def _start(self):
        server = self.server = socketio.AsyncServer(async_mode="aiohttp", namespaces="*", **self.options)

        @web.middleware
        async def guard(request, handler):
            if self.key not in (None, request.query.get("apikey"), request.headers.get("apikey")):
                self.refused += 1
                return web.Response(status=400, text="Invalid global token")
            if "EIO" not in request.query:
                return await handler(request)
            self.attempts.append(time.monotonic())
            if self.refusals:
                self.refusals -= 1
                return web.Response(status=503)
            transport = request.transport
            self.transports.add(transport)
            self.most = max(self.most, len(self.transports))
            try:
                return await handler(request)
            finally:
                self.transports.discard(transport)

        async def connect(namespace, sid, environ, auth=None):
            key = environ.get("HTTP_APIKEY") or environ["aiohttp.request"].query.get("apikey")
            self.asked.append((namespace, key, (auth or {}).get("token")))
            if namespace not in self.known:
                raise socketio.exceptions.ConnectionRefusedError("Invalid namespace")

        async def said(namespace, sid, *arguments):
            self.said.append((namespace, list(arguments)))
            return {"took": len(arguments)}

        server.on("connect", connect, namespace="*")
        server.on("said", said, namespace="*")
        await self.serve(server, middlewares=[guard])

    async def serve(self, server, path="socket.io", middlewares=()):
        app = web.Application(middlewares=middlewares)
        server.attach(app, path)
        self.routes(app)
        self.runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", self.port, ssl_context=self.tls, reuse_address=True).start()

    def routes(self, app):
        """What there is beside the socket."""

    async def _stop(self):
        for connection in self.runner.server.connections:
            if connection.transport:
                connection.transport.abort()
        await self.runner.cleanup()
        self.runner = None

    async def _cancel(self):
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class Channel:
    """Puts the channel into a hub's configuration; its accounts are the namespaces but `/`, without the slash."""

    def __init__(self, hub, server, namespaces=("/",), limit=1 << 20, authority=None, name="upstream"):
        self.file = hub.folder / f"{name}.txt"
        folder = hub.folder / "plugins"
        folder.mkdir(exist_ok=True)
        source = pathlib.Path(__file__).with_suffix(".c")
        subprocess.run(
            ["gcc", "-std=c11", "-Wall", "-Wextra", "-Werror", "-O2", "-shared", "-fPIC", "-fvisibility=hidden", f"-I{ROOT / 'Sources/CHubPlugin/include'}",
             "-o", str(folder / "libupstream.so"), str(source)], check=True)
        (hub.folder / "data/secrets/upstream").write_text("the-key")
        (hub.folder / "data/secrets/upstream").chmod(0o600)
        if str(folder) not in hub.config["plugins"]["path"]:
            hub.config["plugins"]["path"].append(str(folder))
        config = {"file": str(self.file), "url": server.url, "namespaces": " ".join(namespaces), "limit": str(limit),
                  "key": "secret://file/data/secrets/upstream"}
        if authority:
            config["authority"] = str(authority)
        accounts = {namespace[1:]: {"tenant": "acme"} for namespace in namespaces if namespace != "/"}
        hub.config["channels"][name] = {"plugin": "upstream", "accounts": accounts or {"none": {"tenant": "acme"}}, "config": config}

    def lines(self, prefix=""):
        return [line for line in self.file.read_text().splitlines() if line.startswith(prefix)] if self.file.exists() else []

    def wait(self, prefix, count=1):
        """The lines with this beginning, once there are so many."""
        deadline = time.monotonic() + TIMEOUT
        while len(found := self.lines(prefix)) < count:
            assert time.monotonic() < deadline, f"{len(found)} of {count} lines {prefix!r}; there are\n" + "\n".join(self.lines()[-20:])
            time.sleep(0.02)
        return found
