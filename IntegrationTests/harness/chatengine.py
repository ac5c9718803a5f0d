"""A ChatEngine server of python-socketio, as its contract says, and the hub's channel for it."""

import asyncio
import base64
import json
import time

import socketio
from aiohttp import web

from . import TIMEOUT
from .upstream import Server

NORTE, SUL = "ws_norte", "ws_sul"  # the workspaces of acme and globex
HUB_USER = "usr_hub"


def token(workspace, number=1):
    """A JWT that only this server looks at."""
    encode = lambda part: base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()
    return f"{encode({'alg': 'none'})}.{encode({'sub': HUB_USER, 'ws': workspace, 'n': number})}.x"


def message(id, conversation="conv_1", workspace=NORTE, sender="ctc_1", text="Chegou certinho", **more):
    now = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())
    return {
        "id": id, "workspaceId": workspace, "conversationId": conversation, "senderId": sender, "type": "text", "content": text, "attachments": [],
        "status": "delivered", "metadata": {"providerMessageId": f"wamid.{id}"}, "createdAt": now, "updatedAt": now, **more,
    }


def conversation(id="conv_1", workspace=NORTE, contact="ctc_1", name="Jussara Lima", updated="2026-01-05T12:00:01.000Z", **more):
    return {
        "id": id, "workspaceId": workspace, "contactId": contact, "whatsappNumberId": "wn_2", "channel": "whatsapp",
        "participants": [{"id": contact, "name": name}, {"id": "usr_5", "name": "Atendimento"}], "updatedAt": updated, **more,
    }


class ChatEngine(Server):
    """Pushes conversations to a whole workspace, everything else to who subscribed. `tokens` are those that are let in."""

    def __init__(self, **options):
        super().__init__(**options)
        self.tokens = {token(NORTE): NORTE, token(SUL): SUL}
        self.requests = []  # (path, query, token) of each CONNECT
        self.heard = []  # (session, workspace, event, argument); sessions are numbered
        self.sessions = {}  # sid → (session, workspace)
        self.count = 0
        self.sent = []  # (conversation, Authorization, body) of each request to send
        self.answers = []  # statuses to answer the next ones with, instead of sending
        self.echoes_first = False  # whether the echo is pushed before the request is answered

    def routes(self, app):
        app.router.add_post("/api/conversations/{id}/messages", self.send)

    async def send(self, request):
        """Not of the contract: what the operator's template is for."""
        workspace = self.tokens.get(request.headers.get("Authorization", "").removeprefix("Bearer "))
        body = await request.json()
        self.sent.append((request.match_info["id"], workspace, body))
        if self.answers:
            return web.json_response({"message": "not now"}, status=self.answers.pop(0), headers={"Retry-After": "1"})
        id = f"msg_sent_{len(self.sent)}"
        echo = message(id, request.match_info["id"], workspace, HUB_USER, body["content"], status="sent", type=body["type"])
        sid = next(sid for sid, (_, name) in self.sessions.items() if name == workspace)
        answer = web.json_response({"data": {"id": id}}, status=201)
        if self.echoes_first:
            await self.server.emit("message", echo, to=sid)
            return answer
        asyncio.get_running_loop().call_later(0.2, lambda: asyncio.ensure_future(self.server.emit("message", echo, to=sid)))
        return answer

    async def _start(self):
        server = self.server = socketio.AsyncServer(async_mode="aiohttp", **self.options)
        self.sessions = {}

        async def connect(sid, environ, auth=None):
            given = (auth or {}).get("token")
            self.requests.append((environ["PATH_INFO"], environ["QUERY_STRING"], given))
            if given not in self.tokens:
                raise socketio.exceptions.ConnectionRefusedError("jwt expired", {"code": "unauthorized"})
            self.count += 1
            self.sessions[sid] = (self.count, self.tokens[given])

        async def heard(event, sid, argument=None, *more):
            self.heard.append((*self.sessions[sid], event, argument, *more))

        async def subscribe(sid, id):
            await heard("subscribe:conversation", sid, id)
            await server.enter_room(sid, id)

        async def unsubscribe(sid, id):
            await heard("unsubscribe:conversation", sid, id)
            await server.leave_room(sid, id)

        async def typing(sid, *arguments):
            await heard("typing", sid, *arguments)

        async def disconnect(sid, *_):
            self.sessions.pop(sid, None)

        server.on("connect", connect)
        server.on("disconnect", disconnect)
        server.on("subscribe:conversation", subscribe)
        server.on("unsubscribe:conversation", unsubscribe)
        server.on("typing", typing)
        await self.serve(server, "api/ws")

    def wait(self, what, found):
        """What `found` returns once it is anything."""
        deadline = time.monotonic() + TIMEOUT
        while not (result := found()):
            assert time.monotonic() < deadline, f"{what}; requests {self.requests[-5:]}, heard {self.heard[-10:]}"
            time.sleep(0.02)
        return result

    def session(self, workspace=NORTE):
        """The client of a workspace, once it is there."""
        return self.wait(f"nobody of {workspace}", lambda: [sid for sid, (_, name) in list(self.sessions.items()) if name == workspace])[0]

    def told(self, event, workspace=NORTE, count=1):
        """The arguments of the events of that name that a workspace's client sent, once there are so many."""
        def found():
            arguments = [entry[3] for entry in list(self.heard) if entry[1:3] == (workspace, event)]
            return arguments if len(arguments) >= count else None

        return self.wait(f"not {count} of {event}", found)

    def push(self, event, *arguments, workspace=NORTE):
        self.run(self.server.emit(event, arguments, to=self.session(workspace)))

    def end(self, workspace=NORTE):
        """The server ends the session: `io server disconnect`."""
        self.run(self.server.disconnect(self.session(workspace)))


def enable(hub, server, subscribe="onDemand", accounts=((NORTE, "acme"), (SUL, "globex")), path="/api/ws", **account):
    """Adds the channel to a hub that has not started. A workspace's token is in the file of its name."""
    for workspace, _ in accounts:
        write_token(hub, workspace, token(workspace))
    hub.config["channels"]["crm"] = {
        "plugin": "chatengine",
        "accounts": {
            workspace: {"tenant": tenant, "token": f"secret://file/data/secrets/{workspace}", **account} for workspace, tenant in accounts},
        "config": {"url": server.url.replace("ws", "http", 1) + "/", "path": path, "subscribe": subscribe},
    }


def write_token(hub, workspace, text):
    file = hub.folder / "data/secrets" / workspace
    file.write_text(text)
    file.chmod(0o600)
