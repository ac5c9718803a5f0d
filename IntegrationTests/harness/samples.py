"""The sample configurations of plugins."""

import os
import re


def check(hub, sample):
    """What `hub check` says of a sample in the place of what a hub has of its kind, with the secrets that it names."""
    text = sample.read_text()
    for section in re.findall(r"^(\w+):", text, re.MULTILINE):
        del hub.config[section]
    (hub.folder / "sample.yaml").write_text(text)
    hub.config["include"] = "sample.yaml"
    for name in re.findall(r"secret://file/data/secrets/([\w-]+)", text):
        file = hub.folder / "data/secrets" / name
        file.write_text(name * 8)
        file.chmod(0o600)
    environment = {name: "x" * 40 for name in re.findall(r"secret://env/(\w+)", text)}
    done = hub.command("check", "-c", "hub.yaml", env={**os.environ, **environment})
    shown = hub.command("config", "show", "-c", "hub.yaml", env={**os.environ, **environment}).stdout
    for plugin in re.findall(r"plugin: (\S+)", text) if done.returncode == 0 else ():
        assert re.search(rf"^.*{plugin}.*sample\.yaml", shown, re.MULTILINE), f"{plugin} is not in force:\n{shown}"
    return done
