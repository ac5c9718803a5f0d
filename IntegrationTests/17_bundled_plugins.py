"""Plugin files before they are loaded: which came with the hub, and what looking at one may not do."""

import json
import shutil
import subprocess

import pytest

from harness import TIMEOUT, samples
from harness.hub import ROOT, binary

NAMES = ["chatengine", "evolution", "meta-cloud", "socketio", "stats"]
SAMPLES = [sample for sample in sorted(ROOT.glob("plugins/*/*/sample.yaml")) if "examples" not in sample.parts]


@pytest.fixture
def installed(tmp_path):
    """The program and its plugins in a folder of their own."""
    tmp_path.chmod(0o755)
    shutil.copy2(binary(), tmp_path / "hub")
    for name in NAMES:
        shutil.copy2(binary().parent / f"lib{name}.so", tmp_path)
    return tmp_path


def write_manifest(folder):
    subprocess.run([str(ROOT / "scripts/plugin-manifest"), str(folder)], check=True)


def plugins(folder):
    done = subprocess.run(
        [str(folder / "hub"), "plugin", "list", "--json", "--path", str(folder)], capture_output=True, text=True, timeout=TIMEOUT)
    assert done.returncode == 0, done.stderr
    return {plugin["plugin"]: plugin for plugin in json.loads(done.stdout)}, done.stderr


def test_what_the_build_listed_is_bundled_and_what_was_changed_since_is_not(installed):
    write_manifest(installed)
    found, _ = plugins(installed)
    assert {name: found[name]["bundled"] for name in NAMES} == dict.fromkeys(NAMES, True)
    with open(installed / "libstats.so", "ab") as file:
        file.write(b"\0")
    found, _ = plugins(installed)
    assert "refused" not in found["stats"]
    assert {name: found[name]["bundled"] for name in NAMES} == {**dict.fromkeys(NAMES, True), "stats": False}
    assert subprocess.run(["sha256sum", "--check", "--quiet", "hub-plugins.sha256"], cwd=installed, capture_output=True).returncode == 1


def test_without_a_manifest_nothing_is_bundled_and_everything_works(installed):
    found, complaints = plugins(installed)
    assert {name: found[name]["bundled"] for name in NAMES} == dict.fromkeys(NAMES, False)
    assert all("refused" not in found[name] for name in NAMES) and complaints == ""


def test_a_manifest_that_anybody_may_write_does_not_count(installed):
    write_manifest(installed)
    (installed / "hub-plugins.sha256").chmod(0o666)
    found, complaints = plugins(installed)
    assert not any(found[name]["bundled"] for name in NAMES)
    assert "chmod go-w" in complaints


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.parent.name)
def test_its_sample_is_accepted(hubs, sample):
    done = samples.check(hubs(), sample)
    assert (done.returncode, done.stdout, done.stderr) == (0, "hub.yaml: ok\n", "")


def test_every_plugin_has_a_sample():
    assert sorted(sample.parent.name for sample in SAMPLES) == NAMES


def test_looking_at_a_plugin_never_runs_it_in_the_same_process(hubs, tmp_path):
    """Its constructor says who it runs under and crashes: `hub check` and `hub plugin` outlive it and say what happened."""
    tmp_path.chmod(0o755)
    (tmp_path / "bomb.c").write_text(
        """#include <hub_plugin.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <unistd.h>
        HUB_PLUGIN_NOTE(0)
        __attribute__((constructor)) static void boom(void) {
          FILE *file = fopen(WITNESS, "a");
          fprintf(file, "%d %d\\n", getpid(), getppid());
          fclose(file);
          abort();
        }
        HUB_PLUGIN_EXPORT const hub_plugin *hub_plugin_entry(void) { return 0; }
        """)
    witness = tmp_path / "witness"
    subprocess.run(
        ["gcc", "-shared", "-fPIC", "-fvisibility=hidden", f'-DWITNESS="{witness}"', "-I", str(ROOT / "Sources/CHubPlugin/include"),
         str(tmp_path / "bomb.c"), "-o", str(tmp_path / "libbomb.so")], check=True)
    hub = hubs()
    hub.config["plugins"]["path"].append(str(tmp_path))
    hub.config["sinks"]["bomb"] = {"plugin": "bomb"}
    hub.write()
    for verb, code in ((["check"], 3), (["plugin", "inspect", "bomb"], 1), (["plugin", "inspect", "bomb", "--path", str(tmp_path)], 1)):
        witness.unlink(missing_ok=True)
        child = subprocess.Popen(
            [str(binary()), *verb, *([] if "--path" in verb else ["-c", "hub.yaml"])], cwd=hub.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        said, _ = child.communicate(timeout=TIMEOUT)
        assert child.returncode == code, said
        assert "crashed with signal 6" in said
        runs = [tuple(map(int, line.split())) for line in witness.read_text().splitlines()]
        assert runs and all(pid != child.pid and parent == child.pid for pid, parent in runs)
