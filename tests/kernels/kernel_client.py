"""A front end without a browser: it runs cells, keeps widget models and sends what views send."""

from __future__ import annotations

import queue
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from jupyter_client import BlockingKernelClient, KernelManager
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager

WIDGET_MIME = "application/vnd.jupyter.widget-view+json"
PATIENCE = 120.0


@dataclass
class Model:
    """A widget model as a browser would know it."""

    id: str
    state: dict[str, Any]
    received: list[dict[str, Any]] = field(default_factory=list)
    closed: bool = False

    @property
    def forms(self) -> list[dict[str, Any]]:
        return list(self.state["forms"])

    @property
    def form(self) -> dict[str, Any]:
        """The only open form."""
        (form,) = self.forms
        return dict(form)

    @property
    def paused_before(self) -> str:
        """The node a run is paused before; empty if it is not paused."""
        note = "".join(self.state["header"]["note"])
        return note.removeprefix("paused · before ") if note.startswith("paused") else ""

    def word_on(self, nonce: str) -> list[dict[str, Any]]:
        """Return the kernel's acknowledgements of a submit."""
        return [word for word in self.received if word.get("nonce") == nonce]


@dataclass
class Cell:
    """What one execution printed, showed and replied."""

    id: str
    outputs: list[dict[str, Any]] = field(default_factory=list)
    reply: dict[str, Any] | None = None
    idle: bool = False

    @property
    def ended(self) -> bool:
        return self.idle and self.reply is not None

    def require_success(self) -> None:
        assert self.reply is not None
        assert self.reply["status"] == "ok", "\n".join(self.reply["traceback"])

    @property
    def shown(self) -> dict[str, str]:
        """The mimetypes of the last thing displayed."""
        return dict(next(item["data"] for item in reversed(self.outputs) if "data" in item))

    @property
    def value(self) -> str:
        self.require_success()
        return self.shown["text/plain"]

    @property
    def printed(self) -> str:
        return "".join(item["text"] for item in self.outputs if "text" in item)

    @property
    def error(self) -> str:
        assert self.reply is not None
        assert self.reply["status"] == "error"
        return f"{self.reply['ename']}: {self.reply['evalue']}"


class Frontend:
    """Talk to one kernel the way a notebook page does."""

    def __init__(self, manager: KernelManager, client: BlockingKernelClient) -> None:
        self.manager = manager
        self.client = client
        self.models: dict[str, Model] = {}
        self.cells: dict[str, Cell] = {}
        self._displays: dict[str, list[dict[str, Any]]] = {}

    def start(self, code: str, *, allow_stdin: bool = True) -> Cell:
        """Send a cell and return at once."""
        message = self.client.execute(code, allow_stdin=allow_stdin, stop_on_error=False)
        cell = self.cells[message] = Cell(message)
        return cell

    def run(self, code: str, *, allow_stdin: bool = True) -> Cell:
        """Run a cell to its end; it must not fail."""
        cell = self.finish(self.start(code, allow_stdin=allow_stdin))
        cell.require_success()
        return cell

    def finish(self, cell: Cell) -> Cell:
        self.until(lambda: cell.ended, "the cell to end")
        return cell

    def view(self, cell: Cell) -> Model:
        """Return the model whose view the cell shows."""
        return self.models[self.reference(cell)]

    def reference(self, cell: Cell) -> str:
        """Wait until the cell shows a live view; return the id of its model."""
        self.until(lambda: WIDGET_MIME in cell.shown, "the live view")
        return str(cell.shown[WIDGET_MIME]["model_id"])  # type: ignore[index]

    def asks(self, model: Model, heading: str) -> dict[str, Any]:
        """Wait until the view shows exactly one form with this heading; return it."""
        self.until(
            lambda: [form["heading"] for form in model.forms] == [[heading]],
            f"a form {heading!r}",
        )
        return model.form

    def send(self, model: Model, content: dict[str, Any], *, subshell: str | None = None) -> None:
        """Send a custom message to a model, as its view does."""
        data = {"method": "custom", "content": content}
        message = self.client.session.msg("comm_msg", {"comm_id": model.id, "data": data})
        if subshell is not None:
            message["header"]["subshell_id"] = subshell
        self.client.shell_channel.send(message)

    def submit(
        self,
        model: Model,
        question: str,
        *,
        nonce: str | None = None,
        subshell: str | None = None,
        **answer: Any,
    ) -> str:
        """Send an answer and return its nonce without waiting for the kernel's word."""
        nonce = nonce or uuid.uuid4().hex
        displayed = {"seconds": 1.5, "characters": 10, "total": 10}
        self.send(
            model,
            {
                "type": "submit",
                "question": question,
                "nonce": nonce,
                "answer": answer,
                "displayed": displayed,
            },
            subshell=subshell,
        )
        return nonce

    def press(self, model: Model, button: str, target: str = "") -> dict[str, Any]:
        """Press a button and wait for the kernel's word on it."""
        nonce = uuid.uuid4().hex
        message = {"type": "press", "nonce": nonce, "thread": "", "button": button}
        self.send(model, {**message, "target": target})
        return self.acknowledged(model, nonce)

    def acknowledged(self, model: Model, nonce: str) -> dict[str, Any]:
        """Wait for the kernel's word on a submit."""
        self.until(lambda: bool(model.word_on(nonce)), "an acknowledgement")
        return model.word_on(nonce)[0]

    def control(self, kind: str, content: dict[str, Any] | None = None) -> dict[str, Any]:
        """Ask on the control channel and return the reply's content."""
        self.client.control_channel.send(self.client.session.msg(kind, content or {}))
        reply = self.client.control_channel.get_msg(timeout=PATIENCE)
        return dict(reply["content"])

    def until(self, reached: Callable[[], bool], what: str, patience: float = PATIENCE) -> None:
        """Take in messages until something is true of them."""
        deadline = time.monotonic() + patience
        while not reached():
            assert time.monotonic() < deadline, f"waited {patience:.0f} s for {what}"
            assert self.manager.is_alive(), f"the kernel died while waiting for {what}"
            self._listen(self.client.iopub_channel, self._hear)
            self._listen(self.client.shell_channel, self._take_reply, timeout=0)

    def _listen(
        self, channel: Any, take: Callable[[dict[str, Any]], None], timeout: float = 0.02
    ) -> None:
        while True:
            try:
                message = channel.get_msg(timeout=timeout)
            except queue.Empty:
                return
            take(message)
            timeout = 0

    def _take_reply(self, message: dict[str, Any]) -> None:
        cell = self.cells.get(message["parent_header"].get("msg_id"))
        if cell is not None and message["msg_type"] == "execute_reply":
            cell.reply = message["content"]

    def _hear(self, message: dict[str, Any]) -> None:
        content = message["content"]
        cell = self.cells.get(message["parent_header"].get("msg_id"))
        match message["msg_type"]:
            case "comm_open":
                self.models[content["comm_id"]] = Model(
                    content["comm_id"], content["data"]["state"]
                )
            case "comm_msg":
                self._change(self.models[content["comm_id"]], content["data"])
            case "comm_close":
                self.models[content["comm_id"]].closed = True
            case "status" if cell is not None:
                cell.idle = content["execution_state"] == "idle"
            case "display_data" | "execute_result" if cell is not None:
                cell.outputs.append(content)
                name = content.get("transient", {}).get("display_id")
                if name:
                    self._displays.setdefault(name, []).append(content)
            case "update_display_data":
                for output in self._displays.get(content["transient"]["display_id"], []):
                    output["data"] = content["data"]
            case "stream" if cell is not None:
                cell.outputs.append(content)

    def _change(self, model: Model, data: dict[str, Any]) -> None:
        if data["method"] == "update":
            model.state.update(data["state"])
        elif data["method"] == "custom":
            model.received.append(data["content"])


class _OneInterpreter(KernelSpecManager):
    """Every kernel is this interpreter's, whatever is registered on this machine."""

    python: str

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        argv = [self.python, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        return KernelSpec(argv=argv, display_name=kernel_name, language="python")


@contextmanager
def running_kernel(python: str) -> Iterator[Frontend]:
    """Start a kernel of an interpreter; shut it down in the end."""
    specs = _OneInterpreter()
    specs.python = python
    manager = KernelManager(kernel_name="python3", kernel_spec_manager=specs)
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=300)
        yield Frontend(manager, client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        manager.cleanup_resources()
