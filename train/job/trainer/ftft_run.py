"""Writes an ftft run directory: the dynamics, the scores and the log of one training, for the maps and curves of ftft.

Needs Python 3.9 and NumPy. The format is described in runs/README.md of ftft. Begin reading at Run: Run.open for a run that ftft
has prepared, Run.create for a training that knows nothing of ftft. With several processes (ranks), each has a Run: rank 0 alone
takes the lock and writes the log, and every rank writes the logits of its own examples.

Words: N is the number of training examples, C the number of classes, a row the position of an example from 0 to N-1, a step one
update by the optimiser, and gold the class that the data give an example.
"""

from __future__ import annotations

import atexit
import datetime
import errno
import fcntl
import hashlib
import io
import json
import math
import os
import shutil
import signal
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any, Callable, Collection, Iterable, Iterator, Mapping, NamedTuple, Optional, Sequence, Union

import numpy as np

CONTRACT = 1  # the version of job/job.json that this file knows
FORMAT = 1  # of the run directory
UNSEEN = 0x7FC04654  # the bits of a value of the dynamics that has not been written: a quiet NaN that says "FT"
SUPERSEDED = 3  # the exit code of a trainer whose submission another one has replaced
STEP_EVERY = 0.25  # seconds between two step events
POLL_EVERY = 0.25  # seconds between two looks for requests
RETRY_EVERY = 2.0  # seconds between two attempts to write to a full disk
HEARTBEAT_EVERY = 20.0  # seconds
LOCK_TRIES = 20  # with 10 ms between them: readers hold the lock for a moment to test it
RESERVE = 64 << 10  # bytes kept free for logging that the disk is full
NAMED = 20  # the most guids that an event names

StrPath = Union[str, "os.PathLike[str]"]


class RunError(Exception):
    """A run directory that cannot be written, with what to do about it."""


class NotFinite(RunError):
    """Logits that are NaN or infinite. guids are those of their batch."""

    def __init__(self, message: str, guids: Sequence[str]):
        super().__init__(message)
        self.guids = list(guids)


class Superseded(SystemExit):
    """Ends a trainer whose job ftft has replaced by another one, with exit code 3."""


class Request(NamedTuple):
    """A request in control/ that the trainer is to carry out and then to answer with Run.answer."""

    id: str
    action: str  # pause, resume, stop, checkpoint, patience, evaluations or note
    value: Any  # a number for patience and evaluations, a text for note


class Scores(NamedTuple):
    """The scores of one evaluation set. loss is the mean cross-entropy in nats."""

    accuracy: float
    macro_f1: float
    loss: float


# Files


def write_file(path: StrPath, data: bytes) -> None:
    """Writes a file so that it appears whole or not at all. Creates its folder."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.tmp-{os.getpid()}-{os.urandom(4).hex()}")
    try:
        with open(draft, "wb") as f:
            f.write(data)
            f.flush()
            os.fsync(f.fileno())
        os.replace(draft, path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(path: StrPath) -> None:
    """Makes the names in a folder durable."""
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def npy(array: np.ndarray) -> bytes:
    """Returns an array as a .npy file of version 1.0."""
    out = io.BytesIO()
    np.lib.format.write_array(out, np.ascontiguousarray(array), version=(1, 0))
    return out.getvalue()


def hash_file(path: StrPath) -> str:
    """Returns the SHA-256 of a file, hexadecimal."""
    digest = hashlib.sha256()
    with open(path, "rb") as f:
        for block in iter(lambda: f.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


def write_json(path: StrPath, value: Any) -> None:
    """Writes an indented JSON file."""
    write_file(path, (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode())


def read_lines(path: StrPath) -> Iterator[dict]:
    """Yields the objects of a file with one JSON object per line, such as job/train.jsonl."""
    with open(path, encoding="utf-8") as f:
        for number, line in enumerate(f, 1):
            try:
                yield json.loads(line)
            except ValueError as err:
                raise RunError(f"{path}:{number}: not JSON: {err}") from None


def now() -> str:
    """Returns the time as the log has it: UTC with nine digits of fractional seconds."""
    seconds, nanoseconds = divmod(time.time_ns(), 10**9)
    at = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{nanoseconds:09d}Z"


def full(err: BaseException) -> bool:
    """Reports whether an error means that the disk or a quota is full."""
    return isinstance(err, OSError) and err.errno in (errno.ENOSPC, errno.EDQUOT)


def seal(folder: StrPath) -> None:
    """Writes checksums.json, by which ftft tells a whole checkpoint from a damaged one."""
    folder = Path(folder)
    files = {p.name: hash_file(p) for p in sorted(folder.iterdir()) if p.is_file() and p.name != "checksums.json"}
    write_json(folder / "checksums.json", {"files": files})


# Numbers


def score(logits: np.ndarray, gold: np.ndarray) -> Scores:
    """Scores logits [n, C] against gold [n]. macro_f1 is the mean over the classes that occur in gold or prediction."""
    logits, gold = np.asarray(logits, np.float64), np.asarray(gold, np.int64)
    if len(gold) == 0:
        return Scores(0.0, 0.0, 0.0)
    predicted = logits.argmax(axis=1)
    shifted = logits - logits.max(axis=1, keepdims=True)
    losses = np.log(np.exp(shifted).sum(axis=1)) - shifted[np.arange(len(gold)), gold]
    f1 = []
    for c in range(logits.shape[1]):
        both = int((predicted == c).sum() + (gold == c).sum())
        if both:
            f1.append(2 * int(((predicted == c) & (gold == c)).sum()) / both)
    return Scores(float((predicted == gold).mean()), float(np.mean(f1)), float(losses.mean()))


def best_evaluation(scores: Sequence[float], lower_is_better: bool = False) -> int:
    """Returns the index of the best score, the first of equals; -1 without scores. A NaN is never better."""
    best = -1
    for i, s in enumerate(scores):
        if best < 0 or (math.isnan(scores[best]) and not math.isnan(s)):
            best = i
        elif s < scores[best] if lower_is_better else s > scores[best]:
            best = i
    return best


def stops_early(scores: Sequence[float], patience: int, lower_is_better: bool = False) -> bool:
    """Reports whether the last patience evaluations bring no better score than the best before. Patience 0 never stops."""
    return patience > 0 and bool(scores) and len(scores) - 1 - best_evaluation(scores, lower_is_better) >= patience


def order(n: int, seed: int, epoch: int, shuffle: bool = True) -> np.ndarray:
    """Returns the order in which ftft's own engine trains on n examples in an epoch: a permutation of 0 to n-1, int64 [n]."""
    if not shuffle or n == 0:
        return np.arange(n)
    mask = (1 << 64) - 1
    half = 1
    while 1 << (2 * half) < n:
        half += 1
    key = _mix_int(_mix_int(seed & mask) + epoch & mask) | 1
    x = np.arange(n, dtype=np.uint64)
    todo = np.arange(n)
    low, bits, drop = np.uint64((1 << half) - 1), np.uint64(half), np.uint64(64 - half)
    with np.errstate(over="ignore"):
        while len(todo):  # a result beyond n is permuted again
            left, right = x[todo] >> bits, x[todo] & low
            for part in range(4):
                salt = np.uint64(key + (part << 32) & mask)
                left, right = right, left ^ (_mix(salt + right) >> drop)
            x[todo] = left << bits | right
            todo = todo[x[todo] >= n]
    return x.astype(np.int64)


def _mix_int(x: int) -> int:
    return int(_mix(np.array([x], np.uint64))[0])


def _mix(x: np.ndarray) -> np.ndarray:
    """SplitMix64 (Steele, Lea and Flood, 2014) of uint64 values."""
    with np.errstate(over="ignore"):
        x = x + np.uint64(0x9E3779B97F4A7C15)
        x = (x ^ x >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ x >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
        return x ^ x >> np.uint64(31)


# The log


def current(events: Sequence[dict]) -> list[dict]:
    """Drops the events that later attempts have superseded: beyond the step of a resume, and all before the last start."""
    kept: list[dict] = []
    limit = math.inf
    for event in reversed(events):
        if event["step"] <= limit:
            kept.append(event)
        if event["kind"] == "resume":
            limit = min(limit, event["step"])
        if event["kind"] == "start":
            break
    return kept[::-1]


class Log:
    """events.jsonl: one JSON object a line, each written by one append. One process writes it, in any number of threads."""

    def __init__(self, path: StrPath):
        """Opens or creates the log, and cuts off a partial last line, which a killed process may have left."""
        self.path = Path(path)
        self.fd = os.open(path, os.O_CREAT | os.O_RDWR | os.O_APPEND | os.O_CLOEXEC, 0o666)
        text = self.path.read_bytes()
        self.size = text.rfind(b"\n") + 1
        self.torn = len(text) > self.size
        self.past: list[dict] = []
        for number, line in enumerate(text[: self.size].splitlines(), 1):
            try:
                event = json.loads(line)
                self.past.append({**event, "kind": event["kind"], "step": int(event.get("step", 0))})
            except (ValueError, KeyError, TypeError, AttributeError):
                raise RunError(f"{path}:{number}: not an event: restore the log from a copy, or write another run") from None
        last = self.past[-1] if self.past else {}
        self.seq, self.attempt = int(last.get("seq", 0)), int(last.get("attempt", 0)) + 1
        self.mutex = threading.RLock()

    def append(self, kind: str, step: int, keys: Mapping[str, Any], sync: bool = False) -> None:
        """Writes one event. After an OSError the log has no part of it. NaN and infinity become null."""
        with self.mutex:
            event = {"seq": self.seq + 1, "attempt": self.attempt, "time": now(), "kind": kind, "step": step, **keys}
            line = json.dumps(_finite(event), ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode() + b"\n"
            if self.torn:
                os.ftruncate(self.fd, self.size)
                self.torn = False
            self.torn = True
            written = os.write(self.fd, line)
            if written < len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.path))
            self.torn = False
            self.size += written
            self.seq += 1
            if sync:
                os.fsync(self.fd)

    def close(self) -> None:
        with self.mutex:
            os.fsync(self.fd)
            os.close(self.fd)


def _finite(value: Any) -> Any:
    """Returns a value for JSON: NumPy's numbers as Python's, NaN and infinity as None."""
    if isinstance(value, dict):
        return {k: _finite(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(v) for v in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


class Lock:
    """The exclusive flock on a run's file "lock". The system releases it when the process ends."""

    def __init__(self, path: StrPath):
        self.path = str(path)
        self.fd = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o666)
        for tries in range(LOCK_TRIES + 1):
            try:
                fcntl.flock(self.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if tries == LOCK_TRIES:
                    holder = os.pread(self.fd, 256, 0).decode(errors="replace") or "another process"
                    os.close(self.fd)
                    raise RunError(f"{path} is held by {holder}: wait for it, or stop it") from None
                time.sleep(0.01)
        try:
            os.ftruncate(self.fd, 0)
            os.pwrite(self.fd, f"{os.getpid()} on {socket.gethostname()}".encode(), 0)
        except OSError as err:
            if not full(err):  # the lock holds without the name of its holder
                raise

    def check(self) -> None:
        """Raises RunError if the folder is no longer the one that was locked."""
        held, folder = os.fstat(self.fd), os.path.dirname(self.path)
        try:
            there = os.stat(self.path)
        except FileNotFoundError:
            raise RunError(f"{folder} was removed while this process was writing it") from None
        if (held.st_dev, held.st_ino) != (there.st_dev, there.st_ino):
            raise RunError(f"{folder} was replaced while this process was writing it: the new folder is left alone")

    def release(self) -> None:
        os.close(self.fd)


class Run:
    """A run directory that this process writes.

    Calls, in their order: start (or resume), then for each epoch open_epoch, write and step for each batch, close_epoch; evaluation
    and checkpoint where the training does that; poll after each step; finish. "with run:" calls finish at the end of its block, and
    logs an exception in it as the failure of the run. A training without checkpoints calls start again after a kill. With several
    ranks all of them call open_epoch, write and close_epoch; the other calls do nothing on ranks above 0, so that they may make them.
    """

    def __init__(self, path: StrPath, *, rank: Optional[int] = None, barrier: Optional[Callable[[], None]] = None):
        self.path = Path(path).absolute()
        self.rank = int(os.environ.get("RANK", 0)) if rank is None else rank
        self.barrier = barrier or (lambda: None)
        self.step_done = 0  # optimiser steps done: the step of the next event
        self.ending = ""  # "stopped" or "interrupted" once the run is to end before its time
        self.ending_message = ""
        self.paused = False
        self.started = False
        self.finished = False
        self.index = 0  # of the last evaluation, from 1
        self.tokens, self.seconds, self.flops, self.evaluation_flops = 0, 0.0, 0.0, 0.0
        self.validations: dict[int, list[Scores]] = {}  # by step: the scores of the ood sets for validation
        self._losses: list[float] = []
        self._step_keys: dict[str, Any] = {}
        self._stepped = 0.0
        self._polled = 0.0
        self._epoch: Optional[int] = None
        self._epoch_fd = -1
        self._partial: Optional[int] = None  # an epoch that a resumed run continues
        self._guids: Optional[list[str]] = None
        self._done = threading.Event()
        self._mutex = threading.RLock()
        self._signals: dict[int, Any] = {}
        self.lock: Optional[Lock] = None
        self.log: Optional[Log] = None
        self._open()

    @classmethod
    def open(cls, path: StrPath, **keywords: Any) -> "Run":
        """Opens a run that ftft or Run.create has prepared, and on rank 0 locks it.

        rank defaults to the environment's RANK, else 0. barrier is a function that returns once every rank has called it; without
        one there must be one rank. Raises RunError for what is not a run, a newer format, or a run that another process writes.
        """
        return cls(path, **keywords)

    @classmethod
    def create(
        cls,
        path: StrPath,
        guids: Sequence[str],
        gold: Sequence[int],
        labels: Sequence[str],
        *,
        examples: Optional[Sequence[Mapping[str, Any]]] = None,
        name: str = "",
        role: str = "reference",
        arm: str = "",
        model: str = "",
        seed: int = 0,
        **keywords: Any,
    ) -> "Run":
        """Creates a run directory for a training that ftft has not prepared, and opens it.

        guids are N distinct names of the training examples, gold their classes [N], labels the names of the C classes. examples, if
        given, has for each example a mapping with text and, for pairs, text_pair, or with file and line (from 1), which say where the
        text begins; without it the texts are unknown. role is reference or main, arm that of a main run. A directory that holds the
        same examples already is opened, so that a script that is started again continues the run.
        """
        path = Path(path).absolute()
        rank = keywords.get("rank")
        if (int(os.environ.get("RANK", 0)) if rank is None else rank) == 0:
            plan = _plan(path, guids, gold, labels, examples)
            if (path / "manifest.json").exists():
                _same_plan(path, plan, labels)
            else:
                _prepare(path, plan, labels, name or path.name, role, arm, model, seed)
        else:
            _wait_for(path / "manifest.json")
        return cls(path, **keywords)

    def _open(self) -> None:
        try:
            self.manifest = json.loads((self.path / "manifest.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise RunError(f"{self.path} is not a run: it has no manifest.json; prepare it with ftft run, or use Run.create") from None
        except ValueError as err:
            raise RunError(f"{self.path}/manifest.json: not JSON: {err}") from None
        if self.manifest.get("format", 0) > FORMAT:
            raise RunError(f"{self.path}/manifest.json has format {self.manifest['format']}, where ftft_run.py writes {FORMAT}: "
                           "write the trainer anew with `ftft export trainer --out DIR`")
        self.check_submission()
        self.labels: list[str] = self.manifest["labels"]
        self.classes = len(self.labels)
        self.gold = np.load(self.path / "gold.npy")
        self.examples = len(self.gold)
        selection = self.path / "selection.json"
        self.rows = np.arange(self.examples)  # those that the run trains on, ascending
        if selection.exists():
            self.rows = np.asarray(json.loads(selection.read_text(encoding="utf-8"))["rows"], np.int64)
        self._trains = np.zeros(self.examples, bool)
        self._trains[self.rows] = True
        self.past: list[dict] = []
        if self.rank == 0:
            self._take()
        self.job = self._read_job()

    def _take(self) -> None:
        """Takes the lock, reads the log and answers the requests of earlier attempts. For rank 0."""
        for folder in ("dynamics", "eval", "control", "checkpoints"):
            (self.path / folder).mkdir(exist_ok=True)
        self.lock = Lock(self.path / "lock")
        left = list(self._requests())
        self.log = Log(self.path / "events.jsonl")
        self.past = current(self.log.past)
        (self.path / ".problem.json").unlink(missing_ok=True)
        if self.past:
            answered = {e.get("id") for e in self.past if e["kind"] == "control"}
            self.step_done = self.past[-1]["step"]
            for request in left:
                if request.id in answered:
                    self._forget(request.id)
                else:
                    self.answer(request, "noted" if request.action == "note" else "too late: the run ended before it could answer")
        atexit.register(self._at_exit, os.getpid())

    def check_submission(self) -> None:
        """Ends the process with code 3 if ftft has submitted another job for this run since it submitted this one."""
        mine = os.environ.get("FTFT_SUBMISSION", "")
        try:
            newest = json.loads((self.path / "job" / "state.json").read_text(encoding="utf-8")).get("submission", "")
        except (FileNotFoundError, ValueError):
            return
        if mine and newest and mine != newest:
            print(f"{self.path}: this job is superseded: ftft has submitted another one for the run since", file=sys.stderr, flush=True)
            raise Superseded(SUPERSEDED)

    def _read_job(self) -> dict:
        """Returns job/job.json; an empty dict for a run without one. A newer contract fails the run."""
        path = self.path / "job" / "job.json"
        try:
            job = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except ValueError as err:
            raise RunError(f"{path}: not JSON: {err}; remove it and resume the run, and ftft writes it again") from None
        if job.get("format", 0) > CONTRACT:
            message = (f"{path} has format {job['format']}, where ftft_run.py knows {CONTRACT}: "
                       "write the trainer anew with `ftft export trainer --out DIR`")
            self.finish("failed", message)
            raise RunError(message)
        return job

    # The course of a run

    @property
    def guids(self) -> list[str]:
        """The names of the training examples, by row."""
        if self._guids is None:
            self._guids = [e["guid"] for e in read_lines(self.path / "examples.jsonl")]
        return self._guids

    @property
    def complete(self) -> bool:
        """Whether the log says that the run is complete."""
        ends = [e for e in self.past if e["kind"] in ("start", "resume", "finish")]
        return bool(ends) and ends[-1].get("status") == "complete"

    def start(self, *, max_steps: int, steps_per_epoch: int, batch_size: int, epochs: Optional[int] = None,
              evaluation_steps: Iterable[int] = (), threads: int = 0) -> None:
        """Logs that the run starts at step 0, and removes what earlier attempts wrote. steps_per_epoch and epochs count over the
        examples that the run trains on; an evaluation is to follow each of evaluation_steps."""
        if self.complete:
            raise RunError(f"{self.path} is complete: name another folder, or remove this one")
        self._remove_after(0, 0)
        self.step_done, self._partial = 0, None
        self._begin("start", max_steps=int(max_steps), steps_per_epoch=int(steps_per_epoch),
                    epochs=int(epochs if epochs is not None else -(-max_steps // max(steps_per_epoch, 1))), examples=len(self.rows),
                    batch_size=int(batch_size), evaluation_steps=[int(s) for s in evaluation_steps], threads=int(threads))

    def resume(self, step: int, *, checkpoint: str = "", threads: int = 0) -> None:
        """Logs that the run continues after step optimiser steps. checkpoint is where from, relative to the run. What earlier
        attempts wrote beyond that step is superseded: files of later epochs and evaluations are removed. At a step within an epoch,
        the rows written before it are kept."""
        starts = [e for e in self.past if e["kind"] == "start"]
        if self.rank == 0 and not starts:
            raise RunError(f"{self.path} has not started, so that it cannot resume at step {step}")
        per = max(int(starts[-1].get("steps_per_epoch", 1)), 1) if starts else 1
        epoch, inside = divmod(step, per)
        self._partial = epoch if inside else None
        if self.rank == 0:
            for e in range(epoch):
                if not (self.path / "dynamics" / f"epoch-{e:03d}.npy").exists():
                    raise RunError(f"{self.path}/dynamics/epoch-{e:03d}.npy is missing: restore it, or start the run again")
        self._remove_after(step, epoch + 1 if inside else epoch)
        self.past = [e for e in self.past if e["step"] <= step]
        for e in self.past:
            self._recall(e)
        self.step_done = step
        self._begin("resume", threads=int(threads), checkpoint=checkpoint)

    def _recall(self, event: dict) -> None:
        """Takes totals and scores over from an earlier attempt's event."""
        if event["kind"] == "step":
            self.tokens, self.seconds = event.get("tokens", 0), event.get("seconds", 0.0)
            self.flops = event.get("flops", 0.0)
        elif event["kind"] == "evaluation":
            self.index = max(self.index, event.get("index", 0))
            self.evaluation_flops += event.get("flops") or 0.0
            if event.get("set_kind") == "ood" and event.get("use") == "validation":
                scores = (math.nan if event.get(k, 0.0) is None else event.get(k, 0.0) for k in Scores._fields)
                self.validations.setdefault(event["step"], []).append(Scores(*scores))

    def _begin(self, kind: str, **keys: Any) -> None:
        self.started = True
        if self.rank != 0:
            return
        self._reserve()
        self.event(kind, sync=True, pid=os.getpid(), host=socket.gethostname(), **keys)
        threading.Thread(target=self._beat, daemon=True).start()

    def _beat(self) -> None:
        while not self._done.wait(HEARTBEAT_EVERY):
            try:
                self.log.append("heartbeat", self.step_done, {}, sync=True)
            except (OSError, ValueError):
                pass  # the training's own events report a failure

    def _remove_after(self, step: int, epoch: int) -> None:
        """Removes the dynamics of epochs from epoch on, the evaluations after a step, and what killed processes left."""
        if self.rank != 0:
            return
        for path in (self.path / "dynamics").glob("epoch-*.npy"):
            if path.stem[6:].isdecimal() and int(path.stem[6:]) >= epoch:
                path.unlink()
        for path in (self.path / "eval").glob("*-*.npy"):
            number = path.stem.rpartition("-")[2]
            if number.isdecimal() and int(number) > step:
                path.unlink()
        for folder in (self.path, self.path / "dynamics", self.path / "eval"):
            for path in folder.glob(".*.tmp-*"):
                if path.is_file():
                    path.unlink()

    def step(self, step: int, loss: float, *, learning_rate: float = math.nan, gradient_norm: float = math.nan,
             tokens: Optional[int] = None, seconds: Optional[float] = None, flops: float = 0.0) -> None:
        """Records that step optimiser steps are done, the last with a mean cross-entropy of loss, in nats, over its whole batch.

        gradient_norm is that before clipping; tokens, seconds and flops are totals of all training steps. A loss that is NaN or
        infinite raises NotFinite.
        """
        if not math.isfinite(loss):
            raise NotFinite(f"step {step}: the loss is {loss:g}; try a lower learning_rate or a longer warmup", [])
        self.step_done = int(step)
        self.tokens = self.tokens if tokens is None else int(tokens)
        self.seconds = self.seconds if seconds is None else float(seconds)
        self.flops = float(flops)
        if self.rank != 0:
            return
        self._losses.append(float(loss))
        self._step_keys = dict(learning_rate=float(learning_rate), gradient_norm=float(gradient_norm), tokens=self.tokens,
                               seconds=self.seconds, flops=self.flops)
        if time.monotonic() - self._stepped >= STEP_EVERY:
            self.flush()

    def flush(self) -> None:
        """Logs the losses of the steps since the last step event."""
        if self._losses and self.rank == 0:
            losses = self._losses
            self._retry(lambda: self.log.append("step", self.step_done, {"losses": losses, **self._step_keys}))
            self._losses, self._stepped = [], time.monotonic()

    def event(self, kind: str, sync: bool = False, **keys: Any) -> None:
        """Logs an event of runs/README.md at the current step, after the pending losses. Waits while the disk is full."""
        if self.rank == 0:
            self.flush()
            self._retry(lambda: self.log.append(kind, self.step_done, keys, sync))

    def warning(self, message: str, guids: Sequence[str] = ()) -> None:
        """Logs a problem that does not end the run."""
        self.event("warning", message=message, guids=list(guids)[:NAMED])

    # Dynamics

    def open_epoch(self, epoch: int) -> None:
        """Begins an epoch, counted from 0. Rank 0 creates its file with every row marked as unseen; then the ranks pass the barrier
        and each opens the file."""
        path = self._epoch_path(epoch)
        if self.rank == 0 and not (epoch == self._partial and path.exists()):
            blank = np.full((self.examples, self.classes), UNSEEN, "<u4").view("<f4")
            self._retry(lambda: write_file(path, npy(blank)))
        self.barrier()
        flags = os.O_RDWR | os.O_CLOEXEC
        if os.environ.get("LOCAL_WORLD_SIZE", "") != os.environ.get("WORLD_SIZE", ""):
            flags |= os.O_DSYNC  # NFS clients write whole pages, other nodes' rows included, unless the file is opened so
        self._epoch_fd = _open_patiently(path, flags)
        header = os.pread(self._epoch_fd, 10, 0)
        self._header = 10 + int.from_bytes(header[8:10], "little")
        self._epoch = epoch

    def _epoch_path(self, epoch: int) -> Path:
        return self.path / "dynamics" / f"epoch-{epoch:03d}.npy"

    def write(self, rows: Sequence[int], logits: Any) -> None:
        """Writes the logits [n, C] of the training forward pass, before the update, at the rows [n] of their examples.

        Several ranks may write at the same time. Raises NotFinite, with the guids of the batch, if a logit is NaN or infinite, and
        RunError for a row that the run does not train on.
        """
        if self._epoch is None:
            raise RunError("logits are written between open_epoch and close_epoch")
        rows = np.asarray(rows).reshape(-1)
        logits = np.ascontiguousarray(logits, dtype="<f4")
        if logits.shape != (len(rows), self.classes):
            raise RunError(f"logits of shape {list(logits.shape)} for {len(rows)} examples of {self.classes} classes")
        if len(rows) and (rows.dtype.kind not in "iu" or rows.min() < 0 or rows.max() >= self.examples):
            raise RunError(f"rows are whole numbers from 0 to {self.examples - 1}; there are {rows.min()} to {rows.max()}")
        if not self._trains[rows].all():
            raise RunError(f"row {rows[~self._trains[rows]][0]} is not in selection.json: the run does not train on it")
        if not np.isfinite(logits).all():
            value = logits[~np.isfinite(logits)][0]
            guids = [self.guids[r] for r in rows]
            raise NotFinite(f"step {self.step_done + 1}: a logit is {value:g} on the batch with guids {guids[:NAMED]}; "
                            "try a lower learning_rate, a longer warmup or a smaller clip", guids)
        self._retry(lambda: self._write_rows(rows, logits))

    def _write_rows(self, rows: np.ndarray, logits: np.ndarray) -> None:
        width = 4 * self.classes
        for row, line in zip(rows.tolist(), logits):
            data, at = line.tobytes(), self._header + row * width
            while data:
                n = os.pwrite(self._epoch_fd, data, at)
                data, at = data[n:], at + n

    def close_epoch(self) -> None:
        """Ends the epoch: every rank syncs its rows, and rank 0 logs the file's hash, and a warning for examples that no batch of
        the epoch had. Their rows keep the mark, and maps leave the examples out."""
        if self._epoch is None:
            return
        epoch, path = self._epoch, self._epoch_path(self._epoch)
        self._retry(lambda: os.fsync(self._epoch_fd))
        self.abandon_epoch()
        self.barrier()
        if self.rank == 0:
            unseen = self.rows[unseen_rows(path)[self.rows]]
            if len(unseen):
                self.warning(f"epoch {epoch}: {len(unseen)} of {len(self.rows)} examples were never in a batch",
                             [self.guids[r] for r in unseen[:NAMED]])
            self.event("epoch", sync=True, epoch=epoch, hash=hash_file(path))
        self.barrier()

    def abandon_epoch(self) -> None:
        """Closes the epoch's file without logging the epoch as complete, as at the end of a run within it."""
        if self._epoch is not None:
            os.close(self._epoch_fd)
            self._epoch, self._epoch_fd, self._partial = None, -1, None

    # Evaluations and checkpoints

    def evaluation(self, name: str, logits: Any, gold: Sequence[int], *, kind: str = "id", use: str = "validation",
                   index: Optional[int] = None, tokens: int = 0, flops: float = 0.0, seconds: float = 0.0,
                   guids: Optional[Sequence[str]] = None) -> Scores:
        """Records the logits [n, C] of an evaluation set, without dropout, against gold [n], and returns the scores.

        kind is id or ood, use is validation or test. index counts evaluations from 1 and is the same for all sets of one; by
        default it grows with the step. guids name the set's examples if the run has no list of them yet. For rank 0, which has the
        logits of all ranks.
        """
        logits = np.ascontiguousarray(logits, dtype="<f4")
        gold = np.asarray(gold, np.int64)
        if logits.shape != (len(gold), self.classes):
            raise RunError(f"{name}: logits of shape {list(logits.shape)} for {len(gold)} examples of {self.classes} classes")
        if not np.isfinite(logits).all():
            raise NotFinite(f"evaluation after step {self.step_done}: a logit of {name} is not finite; try a lower learning_rate", [])
        if not name or name.startswith(".") or not all(c.isascii() and (c.isalnum() or c in "._-") for c in name):
            raise RunError(f"{name!r} cannot name an evaluation set: use letters, digits and . _ -")
        scores = score(logits, gold)
        if kind == "ood" and use == "validation":
            self.validations.setdefault(self.step_done, []).append(scores)
        if self.rank != 0:
            return scores
        self._list_examples(name, gold, guids)
        if index is None:
            last = next((e["step"] for e in reversed(self.past) if e["kind"] == "evaluation"), None)
            index = self.index if last == self.step_done else self.index + 1
        self.index = index
        path = self.path / "eval" / f"{name}-{self.step_done}.npy"
        self._retry(lambda: write_file(path, npy(logits)))
        self.evaluation_flops += flops
        keys = dict(set=name, set_kind=kind, use=use, index=index, examples=len(gold), **scores._asdict(), tokens=int(tokens),
                    flops=float(flops), seconds=float(seconds), hash=hash_file(path))
        self.event("evaluation", **keys)
        self.past.append({"kind": "evaluation", "step": self.step_done, **keys})
        return scores

    def _list_examples(self, name: str, gold: np.ndarray, guids: Optional[Sequence[str]]) -> None:
        path = self.path / "eval" / f"{name}.examples.jsonl"
        if path.exists():
            return
        names = [f"{name}-{row}" for row in range(len(gold))] if guids is None else guids
        self._retry(lambda: write_file(path, _example_lines(names, gold, self.labels, None)))

    def checkpoint(self, path: StrPath, *, step: Optional[int] = None, best: bool = False, last: bool = False) -> None:
        """Logs that the model after a step has been saved at path, inside the run."""
        if self.rank == 0:
            self.flush()
            relative = os.path.relpath(Path(path).absolute(), self.path)
            keys = {"path": relative, "best": best, "last": last}
            at = self.step_done if step is None else step
            self._retry(lambda: self.log.append("checkpoint", at, keys, sync=True))

    def save_checkpoint(self, save: Callable[[Path], None], *, best: bool = False, last: bool = False) -> Path:
        """Makes checkpoints/step-N, which appears whole or not at all: save writes the model into the folder that it is given.
        Returns the folder. For rank 0."""
        final = self.path / "checkpoints" / f"step-{self.step_done}"
        draft = final.with_name(f".{final.name}.tmp-{os.getpid()}-{os.urandom(4).hex()}")

        def make() -> None:
            shutil.rmtree(draft, ignore_errors=True)
            draft.mkdir(parents=True)
            try:
                save(draft)
                state = {"step": self.step_done, "tokens": self.tokens, "seconds": self.seconds, "train_flops": self.flops}
                write_json(draft / "state.json", state)
                seal(draft)
                shutil.rmtree(final, ignore_errors=True)
                os.replace(draft, final)
            except BaseException:
                shutil.rmtree(draft, ignore_errors=True)
                raise

        self.flush()
        self._retry(make)
        sync_folder(final.parent)
        self.checkpoint(final, best=best, last=last)
        return final

    def stopping_scores(self, metric: str = "accuracy") -> list[tuple[int, float]]:
        """Returns for each evaluation its step and the mean of a metric over the ood validation sets, ascending by step."""
        return [(s, float(np.mean([getattr(x, metric) for x in scores]))) for s, scores in sorted(self.validations.items())]

    # Requests, signals and the end

    def poll(self, able: Collection[str] = (), wait: bool = True) -> list[Request]:
        """Answers the requests in control/ and returns those with an action in able, which the caller carries out and answers.

        Looks at most every 250 ms. Sets ending for a stop. While a pause holds, it waits for resume or stop; with wait=False it sets
        paused and returns, for training loops of several ranks. Does nothing on ranks above 0.
        """
        asked: list[Request] = []
        while self.rank == 0 and self.lock is not None:
            if time.monotonic() - self._polled >= POLL_EVERY:
                self._polled = time.monotonic()
                for request in self._requests():
                    if request.action in able:
                        asked.append(request)
                    else:
                        self.answer(request, self._decide(request))
            if asked or self.ending or not self.paused or not wait:
                break
            time.sleep(POLL_EVERY)
        return asked

    def _decide(self, request: Request) -> str:
        """Carries a request out and returns the answer."""
        if request.action == "":
            return str(request.value)
        if request.action == "note":
            return "noted"
        if request.action == "stop":
            self.ending, self.ending_message, self.paused = "stopped", "stopped by request", False
            return f"stopping after step {self.step_done}"
        if request.action == "pause":
            self.paused = True
            return f"paused after step {self.step_done}, without a checkpoint"
        if request.action == "resume":
            was, self.paused = self.paused, False
            return f"resumed at step {self.step_done}" if was else "not paused"
        if request.action in ("checkpoint", "patience", "evaluations"):
            return f"cannot: this trainer does not change its {request.action}" if request.action != "checkpoint" else (
                "cannot: this trainer saves no checkpoint on request")
        return f"unknown action {json.dumps(request.action)}"

    def answer(self, request: Request, text: str) -> None:
        """Logs the answer to a request and removes its file."""
        self.event("control", id=request.id, action=request.action, answer=text)
        self._forget(request.id)

    def _requests(self) -> Iterator[Request]:
        try:
            names = sorted(os.listdir(self.path / "control"))
        except FileNotFoundError:
            return
        for name in names:
            if name.startswith(".") or not name.endswith(".json"):
                continue
            try:
                content = json.loads((self.path / "control" / name).read_bytes())
                yield Request(name[:-5], str(content["action"]), content.get("value"))
            except FileNotFoundError:
                continue
            except (ValueError, KeyError, TypeError, OSError) as err:
                yield Request(name[:-5], "", f"not a request: {err}")

    def _forget(self, id: str) -> None:
        (self.path / "control" / f"{id}.json").unlink(missing_ok=True)

    def catch_signals(self, *numbers: int) -> None:
        """Makes SIGTERM and SIGUSR1, or the given signals, set ending to interrupted instead of ending the process. For the main
        thread of every rank; the training must look at ending after each step."""
        for number in numbers or (signal.SIGTERM, signal.SIGUSR1):
            self._signals[number] = signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, frame: Any) -> None:
        if not self.ending:
            self.ending, self.ending_message = "interrupted", f"ended by {signal.Signals(number).name}"

    def fail(self, err: BaseException) -> None:
        """Logs that the run failed with an error; on a rank above 0, leaves the reason to rank 0, which finishes the run."""
        message = str(err) if isinstance(err, RunError) else f"{type(err).__name__}: {err}"
        guids = list(getattr(err, "guids", []))[:1000]
        if self.rank != 0:
            message = f"rank {self.rank}: {message}"
            try:
                write_json(self.path / ".problem.json", {"message": message, "guids": guids})
            except OSError:
                pass
            return
        self.finish("failed", message, guids=guids)

    def finish(self, status: str = "", message: str = "", *, guids: Sequence[str] = (), stopped_early: bool = False,
               best_step: int = 0) -> None:
        """Logs how the run ended and releases the lock. status is complete, stopped, interrupted or failed; by default what ending
        says, else complete. best_step is that of the evaluation with the best validation score, 0 = none."""
        if self.finished:
            return
        if not status:
            status, message = self.ending or "complete", message or self.ending_message
        self.finished = True
        self.abandon_epoch()
        for number, handler in self._signals.items():
            signal.signal(number, handler)
        if self.rank != 0 or self.log is None:
            return
        if status in ("failed", "interrupted"):
            try:
                problem = json.loads((self.path / ".problem.json").read_bytes())
                status, message, guids = "failed", problem["message"], problem["guids"]
            except (OSError, ValueError, KeyError):
                pass
        (self.path / ".reserve").unlink(missing_ok=True)
        (self.path / ".problem.json").unlink(missing_ok=True)
        if status != "failed" and self.started:
            self.poll()  # requests since the last look
        keys = dict(status=status, message=message, guids=list(guids), stopped_early=stopped_early, best_step=int(best_step),
                    tokens=self.tokens, seconds=self.seconds, train_flops=self.flops, evaluation_flops=self.evaluation_flops)
        try:
            if status == "failed":
                if self._losses:
                    self.log.append("step", self.step_done, {"losses": self._losses, **self._step_keys})
                self.log.append("finish", self.step_done, keys, sync=True)
            else:
                self.event("finish", sync=True, **keys)
        finally:
            self.close()

    def close(self) -> None:
        """Releases the lock without a finish event: readers take the run for interrupted."""
        self.finished = True
        self._done.set()
        self.abandon_epoch()
        atexit.unregister(self._at_exit)
        if self.log is not None:
            self.log.close()
            self.log = None
        if self.lock is not None:
            (self.path / ".reserve").unlink(missing_ok=True)
            self.lock.release()
            self.lock = None

    def _at_exit(self, pid: int) -> None:
        if self.finished or pid != os.getpid():
            return
        err = getattr(sys, "last_value", None)
        if err is not None:
            self.fail(err)
        elif self.ending or not self.started:
            self.finish(self.ending or "interrupted", self.ending_message or "the trainer ended before it started")
        else:
            self.finish("interrupted", "the trainer ended without finishing the run")

    def __enter__(self) -> "Run":
        return self

    def __exit__(self, kind: Any, err: Optional[BaseException], trace: Any) -> None:
        if isinstance(err, (KeyboardInterrupt, SystemExit)):
            self.finish(self.ending or "interrupted", self.ending_message or f"ended by {type(err).__name__}")
        elif err is not None:
            self.fail(err)
        else:
            self.finish()

    # A full disk

    def _reserve(self) -> None:
        """Takes the space of the reserve, if the disk has it."""
        path = self.path / ".reserve"
        try:
            write_file(path, b"\0" * RESERVE)
        except OSError:
            path.unlink(missing_ok=True)

    def _retry(self, write: Callable[[], Any]) -> None:
        """Calls write, which must be repeatable. While the disk is full it waits: other programs' files must not cost the run its
        progress. A signal or a request to stop ends the wait."""
        if self.lock is not None:
            self.lock.check()
        try:
            write()
            return
        except OSError as err:
            if not full(err):
                raise
            problem = err
        began = time.monotonic()
        waiting = f"the disk is full: waiting for space at step {self.step_done}"
        print(f"{self.path}: {waiting}", file=sys.stderr, flush=True)
        self._say(waiting, waits=True)
        while True:
            time.sleep(RETRY_EVERY)
            if self.ending:
                raise problem
            if self.lock is not None:
                self.lock.check()
                if any(r.action == "stop" for r in self._requests()):
                    self.ending, self.ending_message = "stopped", "stopped by request while the disk was full"
            try:
                write()
                break
            except OSError as err:
                if not full(err):
                    raise
        if self.rank == 0:
            self._reserve()
            self._say(f"the disk was full for {time.monotonic() - began:.0f} s")

    def _say(self, message: str, **keys: Any) -> None:
        """Logs a warning if there is space, that of the reserve included."""
        if self.rank != 0 or self.log is None:
            return
        if keys:
            (self.path / ".reserve").unlink(missing_ok=True)
        try:
            self.log.append("warning", self.step_done, {"message": message, "guids": [], **keys}, sync=True)
        except OSError:
            pass


def unseen_rows(path: StrPath) -> np.ndarray:
    """Reports for each row of a dynamics file whether it has not been written: bool [N]."""
    return (np.load(path).view("<u4") == UNSEEN).all(axis=1)


def _open_patiently(path: Path, flags: int, seconds: float = 60.0) -> int:
    """Opens a file that rank 0 has just made, and which NFS may show to other nodes a little later."""
    until = time.monotonic() + seconds
    while True:
        try:
            return os.open(path, flags)
        except FileNotFoundError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


def _wait_for(path: Path, seconds: float = 300.0) -> None:
    until = time.monotonic() + seconds
    while not path.exists():
        if time.monotonic() > until:
            raise RunError(f"rank 0 has not prepared {path.parent} within {seconds:.0f} s")
        time.sleep(0.1)


# Preparation


class _Plan(NamedTuple):
    """The contents of the files that Run.create writes."""

    examples: bytes  # examples.jsonl
    gold: bytes  # gold.npy
    texts: bytes  # job/train.jsonl; empty = unknown


def _example_lines(guids: Sequence[str], gold: Iterable[int], labels: Sequence[str],
                   examples: Optional[Sequence[Mapping[str, Any]]]) -> bytes:
    """Returns the content of examples.jsonl or of an evaluation set's list."""
    lines = []
    for row, (guid, g) in enumerate(zip(guids, gold)):
        where = examples[row] if examples is not None else {}
        lines.append(json.dumps({"row": row, "guid": str(guid), "gold": int(g), "label": labels[int(g)],
                                 "file": str(where.get("file", "")), "line": int(where.get("line", 0))},
                                ensure_ascii=False, separators=(",", ":")))
    return "".join(line + "\n" for line in lines).encode()


def _plan(path: Path, guids: Sequence[str], gold: Sequence[int], labels: Sequence[str],
          examples: Optional[Sequence[Mapping[str, Any]]]) -> _Plan:
    """Checks and encodes the examples of a run that Run.create makes."""
    classes = np.asarray(gold)
    if len(guids) == 0 or len(labels) < 2:
        raise RunError("a run has at least one example and two labels")
    if classes.shape != (len(guids),) or (examples is not None and len(examples) != len(guids)):
        raise RunError(f"{len(guids)} guids, gold of shape {list(classes.shape)}"
                       + ("" if examples is None else f" and {len(examples)} examples") + ": they must be as many")
    if classes.dtype.kind not in "iu" or classes.min() < 0 or classes.max() >= len(labels):
        raise RunError(f"gold holds class indices from 0 to {len(labels) - 1}; it has {classes.min()} to {classes.max()}")
    if len(set(map(str, guids))) != len(guids):
        raise RunError("two examples have the same guid: maps could not tell them apart")
    if len(set(labels)) != len(labels):
        raise RunError("two labels have the same name")
    if path.name.startswith("."):
        raise RunError(f"{path.name!r} cannot name a run: ftft ignores folders whose names begin with a dot")
    if examples is None or not all("text" in e for e in examples):
        return _Plan(_example_lines(guids, classes, labels, examples), npy(classes.astype("<i4")), b"")
    lines = []
    for row, (guid, g, e) in enumerate(zip(guids, classes, examples)):
        texts = {key: str(e[key]) for key in ("text", "text_pair") if e.get(key) is not None}
        lines.append(json.dumps({"row": row, **texts, "label": int(g), "guid": str(guid), "label_name": labels[int(g)]},
                                ensure_ascii=False, separators=(",", ":")))
    where = [{"file": str(path / "job" / "train.jsonl"), "line": row + 1} for row in range(len(guids))]
    return _Plan(_example_lines(guids, classes, labels, where), npy(classes.astype("<i4")), "".join(x + "\n" for x in lines).encode())


def _same_plan(path: Path, plan: _Plan, labels: Sequence[str]) -> None:
    """Raises RunError unless the run at path has these examples and labels."""
    known = json.loads((path / "manifest.json").read_text(encoding="utf-8")).get("labels")
    if known != list(labels) or (path / "examples.jsonl").read_bytes() != plan.examples:
        raise RunError(f"{path} is a run with other examples or labels: name another folder, or remove this one")


def _prepare(path: Path, plan: _Plan, labels: Sequence[str], name: str, role: str, arm: str, model: str, seed: int) -> None:
    """Writes the files of a run that ftft has not prepared, the manifest last."""
    if role not in ("reference", "main") or (role == "reference" and arm):
        raise RunError(f"role {role!r} with arm {arm!r}: the role is reference, or main with an arm")
    ours = {"config.toml", "examples.jsonl", "gold.npy", "lock", "dynamics", "eval", "control", "checkpoints", "job"}
    if path.exists() and any(p.name not in ours and ".tmp-" not in p.name for p in path.iterdir()):
        raise RunError(f"{path} is not empty and not a run: name another folder")
    for folder in ("dynamics", "eval", "control", "checkpoints"):
        (path / folder).mkdir(parents=True, exist_ok=True)
    versions = {"python": sys.version.split()[0], "numpy": np.__version__}
    for module in ("torch", "transformers", "accelerate"):
        if module in sys.modules:
            versions[module] = str(getattr(sys.modules[module], "__version__", "unknown"))
    write_file(path / "config.toml", _config(name, labels, model, plan.texts).encode())
    if plan.texts:
        write_file(path / "job" / "train.jsonl", plan.texts)
    write_file(path / "examples.jsonl", plan.examples)
    write_file(path / "gold.npy", plan.gold)
    manifest = {"format": FORMAT, "id": path.name, "name": name, "role": role, "arm": arm or ("erm" if role == "main" else ""),
                "config_hash": "", "data_hash": "", "seed": int(seed), "labels": list(labels), "model": model, "engine": "command",
                "versions": versions, "files": {n: hash_file(path / n) for n in ("examples.jsonl", "gold.npy")}, "created": now()}
    write_json(path / "manifest.json", {k: v for k, v in manifest.items() if k != "arm" or v})


def _config(name: str, labels: Sequence[str], model: str, texts: bytes) -> str:
    """Returns a config that readers accept for a run whose settings ftft does not know. texts is the content of job/train.jsonl."""
    keys = ["text", "text_pair"] if b'"text_pair":' in texts.partition(b"\n")[0] else ["text"]
    columns = "".join(f', {key} = "{key}"' for key in keys)
    def quote(text: str) -> str:
        return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")

    safe = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "-" for c in name).strip("._-")[:64] or "run"
    return f"""# Written by ftft_run.py. ftft does not know the settings of this run: those that are not here are defaults that the training did
# not use, and a name with "unknown" stands for what a config must have.
name = "{safe}"
labels = [{", ".join(map(quote, labels))}]

[data]
root = "."
train = {{ path = "{"job/train.jsonl" if texts else "unknown-texts.jsonl"}", guid = "guid"{columns}, label = "label_name" }}

[reference]
model = {quote(model or "unknown-model")}

[main]
model = {quote(model or "unknown-model")}

[stop]
patience = 0

[arms]
run = ["erm"]

[engine]
kind = "command"
submit = ["unknown-trainer"]
"""
