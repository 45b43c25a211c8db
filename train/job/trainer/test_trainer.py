"""Tests of ftft_trainer.py and train_hf.py with small random models; skipped where PyTorch or transformers is missing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("accelerate")
transformers = pytest.importorskip("transformers")

import ftft_run  # noqa: E402
from ftft_run import Run, RunError  # noqa: E402
from ftft_trainer import DynamicsTrainer, last_checkpoint, with_rows  # noqa: E402
from transformers import BertConfig, BertForSequenceClassification, TrainingArguments  # noqa: E402

HERE = Path(__file__).parent
N, C = 22, 3
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "b", "c", "d", "e"]


@pytest.fixture(autouse=True)
def alone(monkeypatch):
    """Hides what TrainingArguments of an earlier test left in the environment."""
    monkeypatch.setenv("ACCELERATE_MIXED_PRECISION", "no")


def model(dropout: float = 0.0, **keywords) -> BertForSequenceClassification:
    torch.manual_seed(1)
    return BertForSequenceClassification(BertConfig(
        vocab_size=len(WORDS), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16, num_labels=C,
        hidden_dropout_prob=dropout, attention_probs_dropout_prob=dropout, max_position_embeddings=16, **keywords))


def examples(n: int = N) -> list[dict]:
    return [{"input_ids": [2, 5 + i % 5, 5 + i % 3, 3], "attention_mask": [1] * 4, "labels": i % C} for i in range(n)]


def arguments(tmp_path: Path, **keywords) -> TrainingArguments:
    settings = dict(per_device_train_batch_size=4, num_train_epochs=2, learning_rate=1e-2, save_strategy="no", report_to=[],
                    disable_tqdm=True, use_cpu=True, logging_strategy="no")
    return TrainingArguments(str(tmp_path / "out"), **{**settings, **keywords})


def create(tmp_path: Path) -> Run:
    return Run.create(tmp_path / "run", [f"g{i}" for i in range(N)], [i % C for i in range(N)], ["a", "b", "c"])


def events(run: Path) -> list[dict]:
    return [json.loads(line) for line in (run / "events.jsonl").read_text(encoding="utf-8").splitlines()]


def losses(run: Path) -> list[float]:
    return [x for e in ftft_run.current(events(run)) if e["kind"] == "step" for x in e["losses"]]


def unseen(run: Path, epoch: int) -> int:
    return int(ftft_run.unseen_rows(run / "dynamics" / f"epoch-{epoch:03d}.npy").sum())


@pytest.mark.parametrize("settings, missing", [
    ({}, 0),
    ({"gradient_accumulation_steps": 2}, 0),
    ({"dataloader_drop_last": True}, 2),
    ({"bf16": True}, 0),
    ({"group_by_length": True}, 0),
])
def test_a_trainer_writes_its_dynamics(tmp_path, settings, missing):
    if settings.get("group_by_length") and "group_by_length" not in TrainingArguments.__dataclass_fields__:
        settings = {"train_sampling_strategy": "group_by_length"}
    run = create(tmp_path)
    trainer = DynamicsTrainer(model=model(), args=arguments(tmp_path, **settings), train_dataset=with_rows(examples()),
                              eval_dataset={"hans": examples(8)}, eval_sets={"hans": ("ood", "test")}, run=run, finish=False)
    trainer.train()
    trainer.evaluate()
    run.finish()
    log = events(run.path)
    start = next(e for e in log if e["kind"] == "start")
    assert start["examples"] == N and start["max_steps"] == trainer.state.max_steps == len(losses(run.path))
    assert [e["epoch"] for e in log if e["kind"] == "epoch"] == [0, 1]
    assert [unseen(run.path, e) for e in (0, 1)] == [missing] * 2
    assert all(abs(x - np.log(C)) < 0.6 for x in losses(run.path)) and log[-1]["status"] == "complete"
    assert log[-1]["tokens"] == 2 * (N - missing) * 4
    evaluation = next(e for e in log if e["kind"] == "evaluation")
    assert (evaluation["set"], evaluation["set_kind"], evaluation["use"], evaluation["examples"]) == ("hans", "ood", "test", 8)
    assert all(e["gradient_norm"] for e in log if e["kind"] == "step")


def test_the_first_logits_are_those_before_the_update(tmp_path):
    run = create(tmp_path)
    want = model().eval()(**{k: torch.tensor([e[k] for e in examples()]) for k in ("input_ids", "attention_mask")}).logits
    DynamicsTrainer(model=model(), args=arguments(tmp_path, per_device_train_batch_size=N, num_train_epochs=1),
                    train_dataset=with_rows(examples()), run=run).train()
    assert np.allclose(np.load(run.path / "dynamics" / "epoch-000.npy"), want.detach().numpy(), atol=1e-5)


def test_training_without_rows_fails_with_what_to_do(tmp_path):
    run = create(tmp_path)
    with pytest.raises(RunError, match="with_rows"):
        DynamicsTrainer(model=model(), args=arguments(tmp_path), train_dataset=examples(), run=run).train()
    assert events(run.path)[-1]["status"] == "failed"


def test_weights_in_half_precision_are_warned_of(tmp_path):
    run = create(tmp_path)
    DynamicsTrainer(model=model().to(torch.bfloat16), args=arguments(tmp_path), train_dataset=with_rows(examples()), run=run).train()
    assert "the weights are bfloat16" in next(e for e in events(run.path) if e["kind"] == "warning")["message"]


def test_a_stopped_trainer_continues_from_its_checkpoint(tmp_path):
    def trainer(run: Run, **settings) -> DynamicsTrainer:
        return DynamicsTrainer(model=model(), args=arguments(tmp_path, save_strategy="epoch", **settings),
                               train_dataset=with_rows(examples()), run=run)

    first = create(tmp_path)
    one = trainer(first)
    step = one.record.on_step_end

    def stop_at_8(args, state, control, **keywords):
        if state.global_step == 8:
            first.ending = "interrupted"
        return step(args, state, control, **keywords)

    one.record.on_step_end = stop_at_8
    one.train()
    assert events(first.path)[-1]["status"] == "interrupted"
    second = create(tmp_path)
    trainer(second).train(resume_from_checkpoint=last_checkpoint(tmp_path / "out"))
    log = ftft_run.current(events(second.path))
    assert [e["step"] for e in log if e["kind"] == "resume"] == [8]
    assert [e["epoch"] for e in log if e["kind"] == "epoch"] == [0, 1] and len(losses(second.path)) == 12
    assert unseen(second.path, 1) == 0 and log[-1]["status"] == "complete" and log[-1]["tokens"] == 2 * N * 4


SCRIPT = """
import sys
import time
from ftft_run import Run
from ftft_trainer import DynamicsTrainer, with_rows
from test_trainer import *
run = create(Path(sys.argv[1]))
args = arguments(Path(sys.argv[1]), ddp_backend="gloo")
bad = model()
if sys.argv[2:] == ["nan"] and run.rank == 1:
    bad.classifier.register_forward_hook(lambda module, inputs, output: output * float("nan"))
DynamicsTrainer(model=bad, args=args, train_dataset=with_rows(examples()), eval_dataset=examples(5), run=run).train()
"""


def torchrun(*command: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", *command],
                          cwd=HERE, env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(HERE)}, capture_output=True, text=True,
                          timeout=300)


def test_two_ranks_write_one_run(tmp_path):
    (tmp_path / "script.py").write_text(SCRIPT)
    done = torchrun(str(tmp_path / "script.py"), str(tmp_path))
    assert done.returncode == 0, done.stderr[-3000:]
    run = tmp_path / "run"
    assert [unseen(run, e) for e in (0, 1)] == [0, 0]
    log = events(run)
    assert [e["epoch"] for e in log if e["kind"] == "epoch"] == [0, 1] and log[-1]["status"] == "complete"
    assert next(e for e in log if e["kind"] == "start")["batch_size"] == 8


def test_nan_on_one_rank_fails_the_run_with_its_guids(tmp_path):
    (tmp_path / "script.py").write_text(SCRIPT)
    assert torchrun(str(tmp_path / "script.py"), str(tmp_path), "nan").returncode != 0
    last = events(tmp_path / "run")[-1]
    assert last["status"] == "failed" and last["message"].startswith("rank 1: step 1: a logit is nan") and len(last["guids"]) == 4


def prepare(tmp_path: Path, **changes) -> Path:
    """Makes a run with job/ as ftft prepares it."""
    run = create(tmp_path)
    run.close()
    weights = tmp_path / "model"
    model(dropout=0.3).save_pretrained(weights)
    (tmp_path / "vocab.txt").write_text("\n".join(WORDS))
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    words = Tokenizer(models.WordLevel({w: i for i, w in enumerate(WORDS)}, unk_token="[UNK]"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    words.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    transformers.PreTrainedTokenizerFast(tokenizer_object=words, pad_token="[PAD]", unk_token="[UNK]").save_pretrained(weights)
    job = {"format": 1, "id": "run", "role": "reference", "seed": 1, "labels": ["a", "b", "c"], "model": str(weights), "examples": N,
           "trained": N, "batch_size": 4, "steps_per_epoch": 6, "epochs": 3, "max_steps": 15, "learning_rate": 0.01, "warmup_steps": 3,
           "weight_decay": 0.01, "adam_epsilon": 1e-6, "clip": 1.0, "dropout": 0.0, "max_length": 8, "shuffle": True,
           "evaluation_steps": [5, 10, 15],
           "evals": [{"name": "ood", "kind": "ood", "use": "validation", "file": "eval/ood.jsonl", "examples": 5}], **changes}
    lines = [json.dumps({"row": i, "text": f"{WORDS[5 + i % 5]} {WORDS[5 + i % 3]}", "label": i % C}) + "\n" for i in range(N)]
    (run.path / "job" / "eval").mkdir(parents=True)
    (run.path / "job" / "job.json").write_text(json.dumps(job))
    (run.path / "job" / "train.jsonl").write_text("".join(lines))
    (run.path / "job" / "eval" / "ood.jsonl").write_text("".join(lines[:5]))
    return run.path


def train_hf(run: Path, *options: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, str(HERE / "train_hf.py"), *options], capture_output=True, text=True, timeout=300,
                          env={**os.environ, "FTFT_RUN": str(run)})


def test_a_job_is_trained_by_one_process_and_by_two_alike(tmp_path):
    (tmp_path / "one").mkdir(), (tmp_path / "two").mkdir()
    one, two = prepare(tmp_path / "one", batch_size=2, steps_per_epoch=11), prepare(tmp_path / "two", batch_size=2, steps_per_epoch=11)
    done = train_hf(one)
    assert done.returncode == 0, done.stderr[-3000:]
    done = torchrun(str(HERE / "train_hf.py"), str(two))
    assert done.returncode == 0, done.stderr[-3000:]
    assert len(losses(one)) == 15 and np.allclose(losses(one), losses(two), atol=1e-4)
    assert np.allclose(np.load(one / "dynamics" / "epoch-000.npy"), np.load(two / "dynamics" / "epoch-000.npy"), atol=1e-4)
    norms = [[e["gradient_norm"] for e in events(r) if e["kind"] == "step"][0] for r in (one, two)]
    assert norms[0] == pytest.approx(norms[1], rel=1e-3)
    for run in (one, two):
        log = events(run)
        assert [e["step"] for e in log if e["kind"] == "evaluation"] == [5, 10, 15]
        assert [e["epoch"] for e in log if e["kind"] == "epoch"] == [0]  # the budget cuts the second one short
        assert log[-1]["status"] == "complete" and (run / "checkpoints" / "step-15" / "checksums.json").exists()
        saved = transformers.AutoModelForSequenceClassification.from_pretrained(run / "checkpoints" / "step-15")
        assert saved.config.id2label == {0: "a", 1: "b", 2: "c"}
        assert not (run / "job" / "trainer").exists()
    assert train_hf(one).stdout.strip().endswith("is complete")


def test_a_job_trains_in_the_order_of_the_engine_at_its_rates(tmp_path):
    run = prepare(tmp_path, max_steps=6, evaluation_steps=[], evals=[])
    assert train_hf(run).returncode == 0
    log = [e for e in events(run) if e["kind"] == "step"]
    assert log[0]["learning_rate"] == 0 and log[-1]["learning_rate"] == pytest.approx(0.01 / 3)
    first = ftft_run.order(N, 1, 0)[:4]
    bert = transformers.AutoModelForSequenceClassification.from_pretrained(tmp_path / "model").eval()
    ids = torch.tensor([[2, 5 + i % 5, 5 + i % 3, 3] for i in first])
    want = torch.nn.functional.cross_entropy(bert(input_ids=ids).logits, torch.tensor([int(i) % C for i in first]))
    assert losses(run)[0] == pytest.approx(float(want.detach()), abs=1e-5)


def test_a_job_stops_early(tmp_path):
    run = prepare(tmp_path, learning_rate=0.0, stop={"patience": 1, "metric": "accuracy"})
    assert train_hf(run).returncode == 0
    last = events(run)[-1]
    assert (last["status"], last["stopped_early"], last["best_step"], last["step"]) == ("complete", True, 5, 10)
    assert sorted(p.name for p in (run / "checkpoints").iterdir()) == ["step-10", "step-5"]


def test_a_batch_that_cannot_be_divided_fails(tmp_path):
    run = prepare(tmp_path)
    done = train_hf(run, "--accumulate", "3")
    assert done.returncode == 1 and "a batch of 4 cannot be divided over 1 processes and 3 parts" in done.stderr
    assert events(run)[-1]["status"] == "failed"


def test_a_job_that_is_terminated_continues_where_it_was(tmp_path):
    run = prepare(tmp_path, max_steps=3000, evaluation_steps=[], evals=[])
    process = subprocess.Popen(
        [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", str(HERE / "train_hf.py"), str(run)],
        env={**os.environ, "OMP_NUM_THREADS": "1"}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None and not any(e["kind"] == "epoch" for e in events_so_far(run)):
        time.sleep(0.2)
    process.terminate()
    process.wait(100)
    log = events(run)
    assert (log[-1]["status"], log[-1]["message"]) == ("interrupted", "ended by SIGTERM")
    job = json.loads((run / "job" / "job.json").read_text())
    step = log[-1]["step"]
    (run / "job" / "job.json").write_text(json.dumps({**job, "max_steps": step + 9}))
    done = train_hf(run)
    assert done.returncode == 0, done.stderr[-3000:]
    log = ftft_run.current(events(run))
    assert [e["step"] for e in log if e["kind"] == "resume"] == [step]
    assert log[-1]["status"] == "complete" and len(losses(run)) == step + 9
    epochs = [e["epoch"] for e in log if e["kind"] == "epoch"]
    assert epochs == list(range((step + 9) // 6)) and not [e for e in log if e["kind"] == "warning"]


def events_so_far(run: Path) -> list[dict]:
    text = (run / "events.jsonl").read_text(encoding="utf-8") if (run / "events.jsonl").exists() else ""
    return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]
