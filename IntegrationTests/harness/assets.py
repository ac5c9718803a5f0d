"""The official JavaScript client, taken out of a wheel that ships it."""

import pathlib
import subprocess
import sys
import tempfile
import zipfile

WHEEL = "nicegui==3.18.0"
MEMBER = "nicegui/static/socket.io.min.js"
CACHE = pathlib.Path(__file__).resolve().parents[2] / ".cache"


def socket_io_client():
    """The path of socket.io.min.js."""
    target = CACHE / f"{WHEEL.replace('==', '-')}-socket.io.min.js"
    if not target.exists():
        CACHE.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "-d", folder, WHEEL], check=True)
            with zipfile.ZipFile(next(pathlib.Path(folder).glob("*.whl"))) as wheel:
                target.write_bytes(wheel.read(MEMBER))
    return target
