"""The official client under Node, over Node's own WebSocket."""

import json
import pathlib
import shutil
import subprocess

from . import TIMEOUT, assets

RUN = """
globalThis.io = require(process.argv[1]);
require(process.argv[2]);
hub.limit = Number(process.argv[3]);
const AsyncFunction = (async () => {}).constructor;
new AsyncFunction(require("fs").readFileSync(0, "utf8"))()
  .then((value) => { console.log(JSON.stringify(value ?? null)); process.exit(0); })
  .catch((error) => { console.error(String(error)); process.exit(1); });
"""


def missing():
    """Why Node can't be used; None when it can."""
    if not shutil.which("node"):
        return "no node"
    probe = subprocess.run(["node", "--experimental-websocket", "-e", "process.exit(typeof WebSocket === 'function' ? 0 : 1)"], capture_output=True)
    return None if probe.returncode == 0 else "this node has no --experimental-websocket (20.10 or later has)"


def run(code):
    """What an async function body returns, with `hub` of page.js at hand."""
    page = pathlib.Path(__file__).parent / "page.js"
    done = subprocess.run(
        ["node", "--no-warnings", "--experimental-websocket", "-e", RUN, str(assets.socket_io_client()), str(page), f"{TIMEOUT * 1000:g}"],
        input=code, capture_output=True, text=True, timeout=TIMEOUT * 2)
    assert done.returncode == 0, "in node: " + done.stderr.strip().split("\n")[-1]
    return json.loads(done.stdout)
