"""A sink in C that writes down what it is given."""

import pathlib
import subprocess

from .hub import ROOT


class Witness:
    def __init__(self, hub):
        self.file = hub.folder / "witness.txt"
        self.refusal = self.file.with_suffix(".txt.refuse")
        folder = hub.folder / "plugins"
        folder.mkdir(exist_ok=True)
        source = pathlib.Path(__file__).with_suffix(".c")
        subprocess.run(
            ["gcc", "-std=c11", "-Wall", "-Wextra", "-Werror", "-O2", "-shared", "-fPIC", "-fvisibility=hidden", f"-I{ROOT / 'Sources/CHubPlugin/include'}",
             "-o", str(folder / "libwitness.so"), str(source)], check=True)
        hub.config["plugins"]["path"].append(str(folder))
        hub.config["sinks"]["witness"] = {"plugin": "witness", "config": {"file": str(self.file)}}

    def refuse(self, whether=True):
        """From now on it takes nothing, or takes everything again."""
        if whether:
            self.refusal.touch()
        else:
            self.refusal.unlink()

    def lives(self):
        """Per life of the hub what it was given, in order: (sequence, conversation)."""
        lives = []
        for line in self.file.read_text().splitlines():
            if line == "start":
                lives.append([])
            else:
                sequence, conversation = line.split(" ")
                lives[-1].append((int(sequence), conversation))
        return lives
