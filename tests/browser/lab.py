"""A real JupyterLab with everything of its own: files, settings, workspaces, kernels."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

KERNELSPEC = {"name": "python3", "display_name": "Python 3", "language": "python"}
QUIET = {"fetchNews": "false", "checkForUpdates": False, "doNotDisturbMode": True}
PATIENCE = 300.0


@dataclass(frozen=True)
class Lab:
    """A running server.

    Args:
        home: Folder of everything it reads and writes.
        url: Where it listens.
        token: What it lets in.
    """

    home: Path
    url: str
    token: str

    @property
    def root(self) -> Path:
        """The folder of notebooks."""
        return self.home / "root"

    def write_notebook(self, name: str, *cells: str) -> None:
        """Write a notebook of code cells, not yet run."""
        write_notebook(self.root / name, *cells)

    def copy_folder(self, folder: Path) -> None:
        """Take in a folder of notebooks and what they read."""
        skip = shutil.ignore_patterns(".ipynb_checkpoints", "*.db*")
        shutil.copytree(folder, self.root / folder.name, ignore=skip, dirs_exist_ok=True)

    def read_notebook(self, name: str) -> Any:
        """Read a notebook as it was last saved."""
        return nbformat.read(self.root / name, as_version=4)

    def set(self, plugin: str, **settings: object) -> None:
        """Set a plugin's settings for pages opened from now on."""
        package, name = plugin.split(":")
        file = self.home / "settings" / package / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(settings))

    def end_kernels(self) -> None:
        """Shut down every session, so that tests do not slow each other down."""
        for session in self._ask("GET", "api/sessions"):
            self._ask("DELETE", f"api/sessions/{session['id']}")

    def answers(self) -> bool:
        try:
            self._ask("GET", "api/status")
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False
        return True

    def _ask(self, method: str, path: str) -> Any:
        request = urllib.request.Request(
            f"{self.url}/{path}", method=method, headers={"Authorization": f"token {self.token}"}
        )
        with urllib.request.urlopen(request, timeout=PATIENCE) as reply:
            return json.loads(reply.read() or b"null")


def write_notebook(path: Path, *cells: str) -> None:
    """Write a notebook of code cells, not yet run."""
    notebook = nbformat.v4.new_notebook(metadata={"kernelspec": KERNELSPEC})
    notebook.cells = [nbformat.v4.new_code_cell(cell) for cell in cells]
    nbformat.write(notebook, path)


@contextmanager
def running_lab(home: Path, port: int) -> Iterator[Lab]:
    """Start a server and wait until it answers; stop it in the end.

    Args:
        home: Folder of everything it reads and writes; what an earlier one left is still there.
        port: Where it listens.
    """
    lab = Lab(home, f"http://127.0.0.1:{port}", secrets.token_hex(16))
    for folder in ("root", "settings", "workspaces", "config", "runtime", "data", "ipython"):
        (home / folder).mkdir(exist_ok=True)
    write_kernelspec(home / "data" / "kernels" / "python3")
    lab.set("@jupyterlab/apputils-extension:notification", **QUIET)
    with (home / "server.log").open("wb") as log:
        server = subprocess.Popen(
            _command(lab, port), env=environment(home), stdout=log, stderr=subprocess.STDOUT
        )
        try:
            _wait(lab, server)
            yield lab
        finally:
            server.terminate()
            try:
                server.wait(60)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _command(lab: Lab, port: int) -> list[str]:
    options = {
        "ServerApp.port": port,
        "ServerApp.port_retries": 0,
        "ServerApp.root_dir": lab.root,
        "ServerApp.open_browser": False,
        "ServerApp.allow_root": True,
        "IdentityProvider.token": lab.token,
        "LabApp.expose_app_in_browser": True,
        "LabApp.user_settings_dir": lab.home / "settings",
        "LabApp.workspaces_dir": lab.home / "workspaces",
        "LabApp.news_url": None,
        "LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
    }
    written = [f"--{name}={value}" for name, value in options.items()]
    return [sys.executable, "-m", "jupyterlab", *written]


def environment(home: Path) -> Mapping[str, str]:
    """Return the environment in which Jupyter finds nothing but what is in a folder."""
    own = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_PATH": "data",
        "IPYTHONDIR": "ipython",
    }
    return {**os.environ, **{name: str(home / folder) for name, folder in own.items()}}


def write_kernelspec(folder: Path) -> None:
    """Name this interpreter, whatever kernels this machine has."""
    folder.mkdir(parents=True, exist_ok=True)
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec = {"argv": argv, "display_name": KERNELSPEC["display_name"], "language": "python"}
    (folder / "kernel.json").write_text(json.dumps(spec))


def _wait(lab: Lab, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not lab.answers():
        log = (lab.home / "server.log").read_text(errors="replace")[-2000:]
        assert server.poll() is None, f"JupyterLab ended:\n{log}"
        assert time.monotonic() < deadline, f"JupyterLab did not answer:\n{log}"
        time.sleep(0.1)
