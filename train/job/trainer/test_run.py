"""Tests of ftft_run.py: NumPy and pytest alone."""

from __future__ import annotations

import errno
import fcntl
import json
import multiprocessing
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import ftft_run
from ftft_run import NotFinite, Run, RunError, order

HERE = Path(__file__).parent
N, C = 12, 3
GUIDS = [f"g{i}" for i in range(N)]
GOLD = np.arange(N) % C
LABELS = ["a", "b", "ü"]


def create(tmp_path: Path, **keywords) -> Run:
    return Run.create(tmp_path / "run", GUIDS, GOLD, LABELS, **keywords)


def logits(rows, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(len(rows), C)).astype("<f4")


def events(run: Path) -> list[dict]:
    return [json.loads(line) for line in (run / "events.jsonl").read_text(encoding="utf-8").splitlines()]


def train(run: Run, first: int, epochs: int, per: int = 3) -> None:
    """Trains epochs of per steps, from step first * per."""
    for epoch in range(first, epochs):
        run.open_epoch(epoch)
        for i, rows in enumerate(np.array_split(np.arange(N), per)):
            run.write(rows, logits(rows, epoch))
            run.step(epoch * per + i + 1, 0.5, learning_rate=0.1, tokens=(epoch * per + i + 1) * 10)
        run.close_epoch()


def start(run: Run, epochs: int = 2, **keywords) -> None:
    run.start(max_steps=3 * epochs, steps_per_epoch=3, batch_size=4, **keywords)


def test_a_created_run_has_its_files_and_its_log(tmp_path):
    with create(tmp_path, examples=[{"text": f"t{i}", "text_pair": "p"} for i in range(N)]) as run:
        start(run, evaluation_steps=[6])
        train(run, 0, 2)
        scores = run.evaluation("dev", np.eye(C)[[0, 1, 1]], [0, 1, 2])
        assert scores.accuracy == pytest.approx(2 / 3) and scores.macro_f1 == pytest.approx((1 + 2 / 3 + 0) / 3)
    log = events(run.path)
    assert [e["seq"] for e in log] == list(range(1, len(log) + 1))
    assert [e["kind"] for e in log if e["kind"] != "step"] == ["start", "epoch", "epoch", "evaluation", "finish"]
    assert sum(len(e["losses"]) for e in log if e["kind"] == "step") == 6
    assert log[-1]["status"] == "complete" and log[-1]["tokens"] == 60
    for e in log:
        if e["kind"] == "epoch":
            path = run.path / "dynamics" / f"epoch-{e['epoch']:03d}.npy"
            assert e["hash"] == ftft_run.hash_file(path)
            assert np.array_equal(np.load(path)[:4], logits(range(4), e["epoch"]))
    manifest = json.loads((run.path / "manifest.json").read_text())
    assert manifest["data_hash"] == "" and manifest["engine"] == "command" and manifest["labels"] == LABELS
    assert not (run.path / ".reserve").exists()


def test_create_opens_the_same_examples_and_refuses_others(tmp_path):
    create(tmp_path).close()
    create(tmp_path).close()
    with pytest.raises(RunError, match="other examples or labels"):
        Run.create(tmp_path / "run", GUIDS, GOLD, ["x", "y", "z"])
    for guids, gold, labels, message in [
        (["a", "a"], [0, 1], ["x", "y"], "same guid"),
        (["a", "b"], [0, 2], ["x", "y"], "from 0 to 1"),
        (["a", "b"], [0], ["x", "y"], "as many"),
        ([], [], ["x", "y"], "at least one example"),
    ]:
        with pytest.raises(RunError, match=message):
            Run.create(tmp_path / "bad", guids, gold, labels)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.tex").write_text("")
    with pytest.raises(RunError, match="not empty and not a run"):
        Run.create(tmp_path / "full", GUIDS, GOLD, LABELS)


def test_a_complete_run_does_not_start_again(tmp_path):
    with create(tmp_path) as run:
        start(run)
    again = create(tmp_path)
    assert again.complete
    with pytest.raises(RunError, match="is complete"):
        start(again)
    again.close()


def test_a_second_writer_is_refused(tmp_path):
    run = create(tmp_path)
    began = time.monotonic()
    with pytest.raises(RunError, match=f"held by {os.getpid()} on"):
        Run.open(run.path)
    assert time.monotonic() - began > 0.15  # readers test the lock for a moment
    run.close()
    Run.open(run.path).close()


def test_the_lock_is_a_flock_that_readers_see(tmp_path):
    run = create(tmp_path)
    with open(run.path / "lock", "rb") as f, pytest.raises(BlockingIOError):
        fcntl.flock(f, fcntl.LOCK_SH | fcntl.LOCK_NB)
    run.close()
    with open(run.path / "lock", "rb") as f:
        fcntl.flock(f, fcntl.LOCK_SH | fcntl.LOCK_NB)


def test_a_torn_line_is_cut_off(tmp_path):
    with create(tmp_path) as run:
        start(run)
        run.finish("interrupted")
    with open(run.path / "events.jsonl", "ab") as f:
        f.write(b'{"seq":3,"att')
    run = Run.open(run.path)
    run.warning("mended")
    run.close()
    log = events(run.path)
    assert [(e["seq"], e["attempt"], e["kind"]) for e in log] == [(1, 1, "start"), (2, 1, "finish"), (3, 2, "warning")]


def test_a_line_that_is_no_event_is_named(tmp_path):
    create(tmp_path).close()
    (tmp_path / "run" / "events.jsonl").write_text("[1]\n")
    with pytest.raises(RunError, match="events.jsonl:1: not an event"):
        Run.open(tmp_path / "run")


def _write_part(path: str, rank: int, ranks: int, gate) -> None:
    run = Run.open(path, rank=rank, barrier=gate.wait)
    if rank == 0:
        run.start(max_steps=1, steps_per_epoch=1, batch_size=N)
    run.open_epoch(0)
    for row in range(rank, N, ranks):
        run.write([row], np.full((1, C), row, "<f4"))
    run.close_epoch()
    run.finish()


def test_several_ranks_write_one_epoch(tmp_path):
    create(tmp_path).close()
    context = multiprocessing.get_context("fork")
    gate = context.Barrier(3)
    ranks = [context.Process(target=_write_part, args=(str(tmp_path / "run"), r, 3, gate)) for r in range(3)]
    for p in ranks:
        p.start()
    for p in ranks:
        p.join(30)
        assert p.exitcode == 0
    path = tmp_path / "run" / "dynamics" / "epoch-000.npy"
    assert np.array_equal(np.load(path), np.repeat(np.arange(N, dtype="<f4")[:, None], C, axis=1))
    log = events(tmp_path / "run")
    assert [e["kind"] for e in log] == ["start", "epoch", "finish"]
    assert log[1]["hash"] == ftft_run.hash_file(path)


def test_resume_at_the_end_of_an_epoch_supersedes_what_is_later(tmp_path):
    run = create(tmp_path)
    start(run, 3)
    train(run, 0, 2)
    run.evaluation("dev", np.eye(C), range(C), kind="ood")
    run.open_epoch(2)
    run.close()  # as after a kill
    run = Run.open(run.path)
    assert not run.complete and run.step_done == 6
    run.resume(3, checkpoint="checkpoints/step-3")
    assert run.tokens == 30 and run.validations == {}
    files = sorted(p.name for p in (run.path / "dynamics").iterdir())
    assert files == ["epoch-000.npy"] and not list((run.path / "eval").glob("dev-*.npy"))
    train(run, 1, 3)
    run.finish()
    kept = ftft_run.current(events(run.path))
    assert [e["epoch"] for e in kept if e["kind"] == "epoch"] == [0, 1, 2]
    assert [e["step"] for e in kept if e["kind"] == "resume"] == [3]


def test_resume_within_an_epoch_keeps_its_rows(tmp_path):
    run = create(tmp_path)
    start(run)
    run.open_epoch(0)
    run.write([0, 1, 2, 3], logits(range(4)))
    run.step(1, 0.5)
    run.finish("interrupted")
    run = Run.open(run.path)
    run.resume(1)
    run.open_epoch(0)
    run.write(range(4, N), logits(range(4, N)))
    run.step(3, 0.5)
    run.close_epoch()
    run.finish()
    assert not ftft_run.unseen_rows(run.path / "dynamics" / "epoch-000.npy").any()
    assert not [e for e in events(run.path) if e["kind"] == "warning"]


def test_resume_needs_a_start_and_the_epochs_before(tmp_path):
    run = create(tmp_path)
    with pytest.raises(RunError, match="has not started"):
        run.resume(3)
    start(run)
    train(run, 0, 1)
    run.close()
    (run.path / "dynamics" / "epoch-000.npy").unlink()
    run = Run.open(run.path)
    with pytest.raises(RunError, match="epoch-000.npy is missing"):
        run.resume(3)
    run.close()


def test_nan_logits_fail_the_run_with_the_guids(tmp_path):
    bad = logits([4, 7])
    bad[1, 2] = np.nan
    with pytest.raises(NotFinite):
        with create(tmp_path) as run:
            start(run)
            run.open_epoch(0)
            run.write([4, 7], bad)
    last = events(run.path)[-1]
    assert last["status"] == "failed" and last["guids"] == ["g4", "g7"]
    assert "step 1: a logit is nan" in last["message"]
    assert ftft_run.unseen_rows(run.path / "dynamics" / "epoch-000.npy").all()


def test_nan_on_another_rank_is_the_reason_that_rank_0_logs(tmp_path):
    run = create(tmp_path)
    start(run)
    run.open_epoch(0)
    other = Run.open(run.path, rank=1)
    other.open_epoch(0)
    with pytest.raises(NotFinite) as err:
        other.write([5], np.full((1, C), np.inf))
    other.fail(err.value)
    run.fail(RuntimeError("connection closed by peer"))
    last = events(run.path)[-1]
    assert last["status"] == "failed" and last["guids"] == ["g5"] and last["message"].startswith("rank 1: step 1: a logit is inf")


def test_a_loss_that_is_nan_is_refused(tmp_path):
    run = create(tmp_path)
    start(run)
    with pytest.raises(NotFinite, match="the loss is nan"):
        run.step(1, float("nan"))
    run.close()


def test_rows_never_seen_are_counted(tmp_path):
    run = create(tmp_path)
    start(run)
    run.open_epoch(0)
    run.write(range(10), logits(range(10)))
    run.close_epoch()
    run.finish()
    warning = next(e for e in events(run.path) if e["kind"] == "warning")
    assert warning["message"] == "epoch 0: 2 of 12 examples were never in a batch" and warning["guids"] == ["g10", "g11"]


def test_rows_outside_of_the_run_are_refused(tmp_path):
    create(tmp_path).close()
    (tmp_path / "run" / "selection.json").write_text('{"rows": [0, 2, 4]}')
    run = Run.open(tmp_path / "run")
    start(run)
    run.open_epoch(0)
    run.write([2, 4], logits([2, 4]))
    for rows, message in [([1], "row 1 is not in selection.json"), ([12], "from 0 to 11"), ([-1], "from 0 to 11"), ([0, 2, 4, 0], "shape")]:
        with pytest.raises(RunError, match=message):
            run.write(rows, logits([0]) if len(rows) == 1 else logits(range(3)))
    run.close_epoch()
    run.finish()
    assert events(run.path)[0]["examples"] == 3
    assert "1 of 3 examples" in next(e for e in events(run.path) if e["kind"] == "warning")["message"]


def test_a_superseded_job_exits_with_3(tmp_path):
    create(tmp_path).close()
    run = tmp_path / "run"
    (run / "job").mkdir(exist_ok=True)
    (run / "job" / "state.json").write_text('{"format": 1, "submission": "new"}')
    script = f"import ftft_run; ftft_run.Run.open({str(run)!r})"
    for token, code in [("old", 3), ("new", 0), ("", 0)]:
        done = subprocess.run([sys.executable, "-c", script], cwd=HERE, env={**os.environ, "FTFT_SUBMISSION": token},
                              capture_output=True, text=True, timeout=60)
        assert done.returncode == code, done.stderr
        assert ("superseded" in done.stderr) == (code == 3)


def test_a_newer_contract_fails_the_run(tmp_path):
    create(tmp_path).close()
    (tmp_path / "run" / "job").mkdir(exist_ok=True)
    (tmp_path / "run" / "job" / "job.json").write_text('{"format": 2}')
    with pytest.raises(RunError, match="ftft export trainer"):
        Run.open(tmp_path / "run")
    assert events(tmp_path / "run")[-1]["status"] == "failed"


def request(run: Run, id: str, action: str, value=None) -> None:
    text = json.dumps({"id": id, "action": action, **({} if value is None else {"value": value})})
    (run.path / "control" / f"{id}.json").write_text(text)


def test_requests_are_answered_and_removed(tmp_path):
    run = create(tmp_path)
    start(run)
    run.step(1, 0.5)
    for id, action in [("1", "note"), ("2", "patience"), ("3", "checkpoint"), ("4", "dance"), ("6", "stop")]:
        request(run, id, action)
    (run.path / "control" / "5.json").write_text("{")
    asked = run.poll(able=("checkpoint",))
    assert [r.id for r in asked] == ["3"] and run.ending == "stopped"
    run.answer(asked[0], "saved step 1")
    run.finish()
    answers = {e["id"]: (e["action"], e["answer"]) for e in events(run.path) if e["kind"] == "control"}
    assert answers["1"] == ("note", "noted")
    assert answers["2"][1].startswith("cannot") and answers["3"][1] == "saved step 1"
    assert answers["4"][1] == 'unknown action "dance"' and answers["5"][1].startswith("not a request")
    assert answers["6"] == ("stop", "stopping after step 1")
    assert not list((run.path / "control").iterdir()) and events(run.path)[-1]["status"] == "stopped"


def test_a_pause_holds_until_resume(tmp_path):
    run = create(tmp_path)
    start(run)
    request(run, "1", "pause")
    run.poll(wait=False)
    assert run.paused
    request(run, "2", "resume")
    run.poll()
    assert not run.paused
    run.close()


def test_requests_left_by_an_earlier_attempt_are_too_late(tmp_path):
    run = create(tmp_path)
    start(run)
    run.close()
    request(run, "1", "stop")
    run = Run.open(run.path)
    run.poll()
    assert not run.ending
    run.close()
    assert events(run.path)[-1]["answer"].startswith("too late")


def test_signals_interrupt(tmp_path):
    run = create(tmp_path)
    run.catch_signals()
    start(run)
    os.kill(os.getpid(), 15)
    assert run.ending == "interrupted"
    run.finish()
    assert events(run.path)[-1]["status"] == "interrupted" and events(run.path)[-1]["message"] == "ended by SIGTERM"


def test_an_uncaught_exception_is_the_failure_of_the_run(tmp_path):
    create(tmp_path).close()
    path = tmp_path / "run"
    script = (f"import ftft_run; r = ftft_run.Run.open({str(path)!r}); r.start(max_steps=1, steps_per_epoch=1, batch_size=1); "
              "raise ValueError('no such column')")
    assert subprocess.run([sys.executable, "-c", script], cwd=HERE, capture_output=True, timeout=60).returncode == 1
    assert (events(path)[-1]["status"], events(path)[-1]["message"]) == ("failed", "ValueError: no such column")


@pytest.mark.parametrize("call", ["write", "pwrite"])
def test_a_full_disk_waits_and_tears_nothing(tmp_path, monkeypatch, call):
    monkeypatch.setattr(ftft_run, "RETRY_EVERY", 0.01)
    run = create(tmp_path)
    start(run)
    run.open_epoch(0)
    real, left = getattr(os, call), [3]

    def full(fd, data, *at):
        target = run.log.fd if call == "write" else run._epoch_fd
        if fd != target or left[0] == 0 or (call == "write" and not (run.path / ".reserve").exists() and left[0] == 3):
            return real(fd, data, *at)
        left[0] -= 1
        if left[0] % 2:
            real(fd, data[: len(data) // 2], *at)  # as a file system may
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, call, full)
    run.write(range(N), logits(range(N)))
    run.step(3, 0.5)
    run.close_epoch()
    run.finish()
    assert left[0] == 0
    assert np.array_equal(np.load(run.path / "dynamics" / "epoch-000.npy"), logits(range(N)))
    log = events(run.path)
    assert [e["seq"] for e in log] == list(range(1, len(log) + 1))
    assert sum(len(e["losses"]) for e in log if e["kind"] == "step") == 1
    warnings = [e for e in log if e["kind"] == "warning"]
    assert warnings[-1]["message"].startswith("the disk was full for")
    assert call == "write" or warnings[0]["waits"]


def test_a_removed_folder_is_left_alone(tmp_path):
    run = create(tmp_path)
    start(run)
    os.rename(run.path, tmp_path / "moved")
    with pytest.raises(RunError, match="was removed"):
        run.warning("hello")
    run.close()


def test_a_checkpoint_is_whole_and_sealed(tmp_path):
    run = create(tmp_path)
    start(run)
    run.step(3, 0.5)
    folder = run.save_checkpoint(lambda d: (d / "model.safetensors").write_bytes(b"weights") and None, last=True)
    run.finish()
    assert folder.name == "step-3"
    assert set(json.loads((folder / "checksums.json").read_text())["files"]) == {"model.safetensors", "state.json"}
    saved = next(e for e in events(run.path) if e["kind"] == "checkpoint")
    assert (saved["path"], saved["last"], saved["step"]) == ("checkpoints/step-3", True, 3)


def test_orders_are_permutations():
    for n in (1, 2, 7, 100, 1000):
        assert sorted(order(n, 3, 1)) == list(range(n))
    assert list(order(5, 1, 0, shuffle=False)) == [0, 1, 2, 3, 4]
    assert list(order(100, 1, 0)) != list(order(100, 1, 1))


def test_early_stopping():
    assert ftft_run.best_evaluation([0.1, 0.3, 0.3, float("nan")]) == 1
    assert not ftft_run.stops_early([0.3, 0.2], 2) and ftft_run.stops_early([0.3, 0.2, 0.3], 2)
    assert ftft_run.stops_early([0.3, 0.4], 1, lower_is_better=True) and not ftft_run.stops_early([0.3, 0.2], 0)
