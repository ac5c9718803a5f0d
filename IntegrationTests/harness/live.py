"""A frontend that is cut off, comes back and catches up by its cursor: what its user gets to see."""

import asyncio
import collections
import socket
import threading

import requests
import socketio

from . import TIMEOUT, Closing

RANKS = {word: rank for rank, word in enumerate(["pending", "unknown", "sent", "delivered", "read"])}


class View:
    """Messages in the order in which they appeared, and the best that was heard of each."""

    def __init__(self):
        self.conversations, self.shown, self.statuses = collections.defaultdict(list), set(), {}

    def message(self, conversation, id):
        if id not in self.shown:
            self.shown.add(id)
            self.conversations[conversation].append(id)

    def status(self, id, word):
        if RANKS[word] > RANKS[self.statuses.get(id, "pending")]:
            self.statuses[id] = word

    def event(self, event):
        """One of the journal."""
        if event["kind"] == "message.created":
            self.message(event["conversation"]["id"], event["message"]["id"])
        elif event["kind"] == "message.status" and event["status"]["applied"]:
            self.status(event["message"]["id"], event["status"]["status"])


class Live(Closing):
    """Comes back whenever `hub.up` is set, an event beside the hub. `wrong` says what no connection may show: one message twice, a status that
    falls. An asyncio client, because the other one handles each packet in a thread of its own, in whatever order."""

    def __init__(self, hub, user, transports=None):
        self.hub, self.user, self.transports = hub, user, transports
        self.view, self.cursor, self.wrong = View(), "0", []
        self.connections = self.packets = self.failures = 0
        self.client = None
        self.loop, self.ending = asyncio.new_event_loop(), asyncio.Event()
        self.thread = threading.Thread(target=self.loop.run_until_complete, args=(self._run(),), daemon=True)
        self.thread.start()

    async def _run(self):
        while not self.ending.is_set():
            if not await self.loop.run_in_executor(None, self.hub.up.wait, 0.2):
                continue
            try:
                await self._connection()
            except (socketio.exceptions.SocketIOError, requests.RequestException, AssertionError):
                self.failures += 1  # the hub went away meanwhile
                await asyncio.sleep(0.05)

    async def _connection(self):
        client, gone = socketio.AsyncClient(reconnection=False), asyncio.Event()
        early, known = [], {}  # what comes before it has caught up; the rank of each message in this connection

        def packet(kind, apply):
            def handler(payload, *_):
                self.packets += 1
                self._judge(kind, payload, known)
                if early is None:
                    apply(payload)
                else:
                    early.append((apply, payload))

            return handler

        client.on("message:new", packet("new", lambda p: self.view.message(p["conversationId"], p["message"]["id"])))
        client.on("message:status-update", packet("status", lambda p: self.view.status(p["messageId"], p["status"].lower())))
        client.on("disconnect", lambda *_: gone.set())
        try:
            await client.connect(self.hub.url, auth={"token": self.hub.token(user=self.user)}, transports=self.transports, wait_timeout=TIMEOUT)
            self.client = client
            self.connections += 1
            await self.loop.run_in_executor(None, self.catch_up)
            for apply, payload in early:
                apply(payload)
            early = None
            waits = [asyncio.ensure_future(event.wait()) for event in (gone, self.ending)]
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            for wait in waits:
                wait.cancel()
        finally:
            self.client = None
            await client.disconnect()

    def _judge(self, kind, payload, known):
        if kind == "new":
            id, rank = payload["message"]["id"], 0
            if id in known:
                self.wrong.append(f"{id} is new twice")
        else:
            id, rank = payload["messageId"], RANKS[payload["status"].lower()]
            if rank < known.get(id, 0):
                self.wrong.append(f"{id} falls to {payload['status']}")
        known[id] = rank

    def catch_up(self):
        events, self.cursor = self.hub.sync(self.cursor, user=self.user)
        for event in events:
            self.view.event(event)

    def cut(self, abruptly):
        """Ends the connection, if there is one: by a word, or as a network does."""
        self.loop.call_soon_threadsafe(self._cut, abruptly)

    def _cut(self, abruptly):
        if not self.client:
            return
        wire = self.client.eio.ws.get_extra_info("socket") if abruptly and self.client.eio.ws else None
        if wire:
            wire.shutdown(socket.SHUT_RDWR)
        else:
            asyncio.ensure_future(self.client.disconnect())

    def close(self):
        if self.thread.is_alive():
            self.loop.call_soon_threadsafe(self.ending.set)
            self.thread.join(TIMEOUT)
            assert not self.thread.is_alive(), "a frontend does not end"
