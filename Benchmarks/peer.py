#!/usr/bin/env python3
"""The bench server's contract (join, echo, POST /emit) on python-socketio, for comparison.

    peer.py PORT        needs python-socketio and aiohttp from PyPI
"""

import gc
import json
import sys

import socketio
from aiohttp import web

server = socketio.AsyncServer(async_mode="aiohttp", cors_allowed_origins=[], max_http_buffer_size=1_000_000)


@server.event
async def join(sid, room):
    await server.enter_room(sid, room)
    return "ok"


@server.event
async def echo(sid, data):
    return data


async def emit(request):
    await server.emit(request.query["event"], json.loads(await request.read()), room=request.query["room"])
    return web.Response(text="ok")


application = web.Application()
application.router.add_post("/emit", emit)
server.attach(application)
gc.freeze()
web.run_app(application, host="127.0.0.1", port=int(sys.argv[1]), access_log=None, print=lambda *_: print("listening", flush=True), backlog=4096)
