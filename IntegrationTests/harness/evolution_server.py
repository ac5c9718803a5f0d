"""An Evolution server: its socket, as python-socketio plays it, and the part of its REST interface that the hub asks."""

import asyncio
import datetime
import itertools
import time

from aiohttp import web

from . import evolution, meta
from .upstream import Server


class EvolutionServer(Server):
    """Every instance's namespace exists. What is said is kept; it is emitted while the server runs."""

    def __init__(self, instances, **options):
        super().__init__(("/", *(f"/{instance}" for instance in instances)), **options)
        self.stored = {instance: [] for instance in instances}
        self.globally = False  # whether every event is emitted in /
        self.calls = []  # (method and path, body)
        self.answers = {}  # call → (status, body), instead of what the server would say
        self.searching = None  # an event that a search waits for
        self.numbers = itertools.count(1)

    def say(self, instance, text, inline=None, ours=False):
        """A message, by its id."""
        id = f"3A{time.time_ns():X}{next(self.numbers):04X}"
        message = evolution.message(text, id, f"{meta.new_phone()}@s.whatsapp.net", ours=ours)
        self.stored[instance].append({"id": f"cmk{next(self.numbers)}", **message, "MessageUpdate": []})
        if inline:
            message = {**message, "message": {**message["message"], "base64": inline}}
        if self.runner:
            namespace = "/" if self.globally else f"/{instance}"
            self.run(self.server.emit("messages.upsert", evolution.envelope("messages.upsert", message, instance), namespace=namespace))
        return id

    def echo(self, instance, id, phone, text):
        """What the server says of a message that was sent through it."""
        message = {**evolution.message(text, id, f"{phone}@s.whatsapp.net", name="Você", ours=True), "status": "PENDING"}
        namespace = "/" if self.globally else f"/{instance}"
        self.run(self.server.emit("send.message", evolution.envelope("send.message", message, instance), namespace=namespace))

    def hold_searches(self):
        """From now on, until `release_searches`."""
        self.searching = asyncio.Event()

    def release_searches(self):
        self.loop.call_soon_threadsafe(self.searching.set)

    def routes(self, app):
        app.router.add_route("*", "/{group:message|chat|instance}/{call}/{instance}", self._answer)

    async def _answer(self, request):
        call, instance = request.match_info["call"], request.match_info["instance"]
        body = await request.json() if request.can_read_body else None
        self.calls.append((call, instance, request.headers.get("apikey"), body))
        if call in self.answers:
            status, answer = self.answers[call]
            return web.json_response(answer, status=status)
        if instance not in self.stored:
            return self._refusal(404, f'The "{instance}" instance does not exist')
        if call == "findMessages":
            if self.searching:
                await self.searching.wait()
            return web.json_response(self._found(instance, body))
        if call == "connectionState":
            return web.json_response({"instance": {"instanceName": instance, "state": "open"}})
        if request.match_info["group"] == "message":
            key = {"remoteJid": f"{body.get('number', '').split('@')[0]}@s.whatsapp.net", "fromMe": True, "id": f"3EB0{next(self.numbers):08X}"}
            return web.json_response({"key": key, "status": "PENDING", "messageTimestamp": int(time.time())}, status=201)
        return web.json_response({}, status=201)

    def _refusal(self, status, message):
        return web.json_response({"status": status, "error": "", "response": {"message": [message]}}, status=status)

    def _found(self, instance, body):
        bounds = body["where"]["messageTimestamp"]
        seconds = [int(datetime.datetime.fromisoformat(bounds[name].replace("Z", "+00:00")).timestamp()) for name in ("gte", "lte")]
        found = [m for m in reversed(self.stored[instance]) if seconds[0] <= m["messageTimestamp"] <= seconds[1]]
        size, page = body.get("offset", 50), body.get("page", 1)
        pages = -(-len(found) // size)
        return {"messages": {"total": len(found), "pages": pages, "currentPage": page, "records": found[(page - 1) * size:page * size]}}
