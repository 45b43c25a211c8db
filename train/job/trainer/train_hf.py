"""Trains a run that ftft has prepared: any AutoModelForSequenceClassification, with the Trainer of transformers, 4.40 to 5.x.

    python train_hf.py [RUN]                          one process; RUN is by default the environment's FTFT_RUN
    torchrun --nproc-per-node 2 train_hf.py [RUN]     two processes, also by accelerate launch

All settings come from RUN/job/job.json. The batch size there is that of one optimiser step: it is divided over processes and, with
--accumulate, over parts. Started again, the script continues from the last checkpoint. Begin reading at main.
"""

from __future__ import annotations

import argparse
import inspect
import os
import shutil
import sys
from pathlib import Path
from typing import Any, Iterator, Sequence

import torch
from transformers import (AutoConfig, AutoModelForSequenceClassification, AutoTokenizer, DataCollatorWithPadding, TrainingArguments,
                          set_seed)

from ftft_run import Run, RunError, best_evaluation, order, read_lines, stops_early
from ftft_trainer import DynamicsTrainer, RunCallback, last_checkpoint


class Examples(torch.utils.data.Dataset):
    """The examples of a file of job/, tokenised when they are read."""

    def __init__(self, path: Path, tokenizer: Any, max_length: int):
        self.lines, self.tokenizer, self.max_length = list(read_lines(path)), tokenizer, max_length

    def __len__(self) -> int:
        return len(self.lines)

    def __getitem__(self, i: int) -> dict:
        e = self.lines[i]
        tokens = self.tokenizer(e["text"], e.get("text_pair"), truncation=True, max_length=self.max_length)
        return {**tokens, "labels": e["label"], "row": e["row"]}


class Order(torch.utils.data.Sampler):
    """The order in which ftft's own engine trains: a permutation by seed and epoch, or the order of the file."""

    def __init__(self, n: int, seed: int, shuffle: bool):
        self.n, self.seed, self.shuffle, self.epoch = n, seed, shuffle, 0

    def __len__(self) -> int:
        return self.n

    def __iter__(self) -> Iterator[int]:
        return iter(order(self.n, self.seed, self.epoch, self.shuffle).tolist())


class JobTrainer(DynamicsTrainer):
    """A DynamicsTrainer that follows a job's order, evaluations and early stopping."""

    def __init__(self, *args: Any, sampler: Order, **keywords: Any):
        self.sampler = sampler
        super().__init__(*args, **keywords)
        # Some classifiers take loss arguments and ignore them; the Trainer would then multiply their mean loss by the processes.
        self.model_accepts_loss_kwargs = False
        self.remove_callback(self.record)
        self.record = JobCallback(self)
        self.add_callback(self.record)

    def _get_train_sampler(self, *_: Any) -> Order:
        return self.sampler


class JobCallback(RunCallback):
    """Evaluates after the job's evaluation_steps, and stops early as the job says."""

    def __init__(self, trainer: JobTrainer):
        super().__init__(trainer)
        self.stopped_early = False
        self.best_step = 0
        self.validating = sum(e["kind"] == "ood" and e["use"] == "validation" for e in self.run.job["evals"])
        stop = self.run.job.get("stop") or {}
        self.patience, self.metric = stop.get("patience", 0), stop.get("metric") or "accuracy"

    def evaluation_steps(self, max_steps: int) -> Sequence[int]:
        return self.run.job["evaluation_steps"]

    def on_epoch_begin(self, *args: Any, **keywords: Any) -> None:
        super().on_epoch_begin(*args, **keywords)
        self.trainer.sampler.epoch = self.epoch

    def on_step_end(self, args: Any, state: Any, control: Any, **keywords: Any) -> Any:
        super().on_step_end(args, state, control, **keywords)
        control.should_evaluate = state.global_step in self.run.job["evaluation_steps"] and not self.run.ending
        return control

    def on_evaluate(self, args: Any, state: Any, control: Any, **_: Any) -> Any:
        done = self.run.validations.get(state.global_step, [])
        if not self.validating or len(done) < self.validating:
            return control
        scores = self.run.stopping_scores(self.metric)
        lower = self.metric == "loss"
        values = [s for _, s in scores]
        best = scores[best_evaluation(values, lower)][0]
        if best == state.global_step and best != self.best_step:
            self.best_step = best
            self.save(best=True)
        self.best_step = best
        if stops_early(values, self.patience, lower) and state.global_step < state.max_steps:
            self.stopped_early = control.should_training_stop = True
        return control

    def save(self, best: bool = False, last: bool = False) -> None:
        """Saves the model as checkpoints/step-N, on rank 0, and removes older ones but the best."""
        if self.run.rank != 0:
            return
        model = self.trainer.accelerator.unwrap_model(self.trainer.model)
        tokenizer = self.trainer.data_collator.tokenizer

        def write(folder: Path) -> None:
            model.save_pretrained(folder)
            tokenizer.save_pretrained(folder)

        final = self.run.save_checkpoint(write, best=best or self.best_step == self.run.step_done, last=last)
        for old in final.parent.glob("step-*"):
            if old.name not in (final.name, f"step-{self.best_step}"):
                shutil.rmtree(old, ignore_errors=True)


def set_dropout(config: Any, dropout: Any) -> None:
    """Sets every dropout probability of a model's config; None leaves them."""
    for name, value in list(vars(config).items()):
        if dropout is not None and ("dropout" in name or name.endswith("pdrop")) and (value is None or isinstance(value, (int, float))):
            if not isinstance(value, bool):
                setattr(config, name, float(dropout))


def share(batch_size: int, processes: int, accumulate: int) -> int:
    """Returns the examples of one process in one part of a step. Raises RunError if the batch cannot be divided so."""
    size, rest = divmod(batch_size, processes * accumulate)
    if rest or size == 0:
        raise RunError(f"a batch of {batch_size} cannot be divided over {processes} processes and {accumulate} parts: change processes, "
                       "--accumulate or batch_size")
    return size


def load_model(job: dict) -> Any:
    """Returns the job's model in float32, with a new head for its labels."""
    labels = job["labels"]
    config = AutoConfig.from_pretrained(job["model"], num_labels=len(labels), id2label=dict(enumerate(labels)),
                                        label2id={name: i for i, name in enumerate(labels)})
    set_dropout(config, job.get("dropout"))
    import transformers

    key = "dtype" if int(transformers.__version__.split(".")[0]) >= 5 else "torch_dtype"
    return AutoModelForSequenceClassification.from_pretrained(job["model"], config=config, ignore_mismatched_sizes=True,
                                                              **{key: torch.float32})


def arguments(job: dict, folder: Path, options: argparse.Namespace) -> TrainingArguments:
    """Returns the Trainer's arguments for a job."""
    cpu = not (torch.cuda.is_available() or torch.backends.mps.is_available())
    world = int(os.environ.get("WORLD_SIZE", 1))
    known = inspect.signature(TrainingArguments).parameters
    strategy = "eval_strategy" if "eval_strategy" in known else "evaluation_strategy"
    return TrainingArguments(
        output_dir=str(folder), per_device_train_batch_size=share(job["batch_size"], world, options.accumulate),
        per_device_eval_batch_size=options.eval_batch, gradient_accumulation_steps=options.accumulate, max_steps=job["max_steps"],
        learning_rate=job["learning_rate"], lr_scheduler_type="linear", warmup_steps=job["warmup_steps"],
        weight_decay=job["weight_decay"], adam_epsilon=job["adam_epsilon"], max_grad_norm=job["clip"], optim="adamw_torch",
        save_strategy="epoch", save_total_limit=1, logging_strategy="no", report_to=[], disable_tqdm=True, remove_unused_columns=False,
        label_names=["labels"], seed=job["seed"] % 2**32, bf16=options.bf16, use_cpu=cpu, dataloader_num_workers=options.workers,
        ddp_backend="gloo" if cpu and world > 1 else None, ddp_find_unused_parameters=False if world > 1 else None,
        **{strategy: "no"})


def main() -> None:
    parser = argparse.ArgumentParser(description="Train a run that ftft has prepared.")
    parser.add_argument("run", nargs="?", default=os.environ.get("FTFT_RUN", ""), help="folder of the run; default: $FTFT_RUN")
    parser.add_argument("--accumulate", type=int, default=1, help="parts of a step's batch that each process computes one by one")
    parser.add_argument("--eval-batch", type=int, default=64, help="examples of a batch of an evaluation, for each process")
    parser.add_argument("--bf16", action="store_true", help="compute in bfloat16 where that is safe; weights stay float32")
    parser.add_argument("--workers", type=int, default=0, help="processes that tokenise")
    options = parser.parse_args()
    if not options.run:
        parser.error("name the folder of the run, or set FTFT_RUN")
    try:
        run = Run.open(options.run)
        if run.complete:
            print(f"{run.path} is complete")
            run.close()
            return
        if not run.job:
            raise RunError(f"{run.path} has no job/job.json: ftft writes it for a run whose engine is not native")
        train(run, options)
    except RunError as err:
        print(f"train_hf.py: {err}", file=sys.stderr)
        raise SystemExit(1) from None


def train(run: Run, options: argparse.Namespace) -> None:
    """Trains a run to its end, or until a signal or a request ends it."""
    job = run.job
    try:
        set_seed(job["seed"] % 2**32)
        folder = run.path / "job"
        args = arguments(job, folder / "trainer", options)
        tokenizer = AutoTokenizer.from_pretrained(job["model"])
        examples = Examples(folder / "train.jsonl", tokenizer, job["max_length"])
        evals = {e["name"]: Examples(folder / e["file"], tokenizer, job["max_length"]) for e in job["evals"]}
        trainer = JobTrainer(
            model=load_model(job), args=args, train_dataset=examples, eval_dataset=evals or None,
            data_collator=DataCollatorWithPadding(tokenizer), run=run, finish=False,
            eval_sets={e["name"]: (e["kind"], e["use"]) for e in job["evals"]},
            sampler=Order(len(examples), job["seed"], job["shuffle"]))
    except Exception as err:
        run.fail(err)
        raise
    started = any(e["kind"] == "start" for e in run.past) or run.rank != 0
    trainer.train(resume_from_checkpoint=last_checkpoint(args.output_dir) if started else None)
    record = trainer.record
    try:
        if run.ending != "interrupted":
            record.save(last=True)
        run.finish(stopped_early=record.stopped_early and not run.ending, best_step=record.best_step)
    except Exception as err:
        run.fail(err)
        raise
    if run.rank == 0 and run.ending != "interrupted":
        shutil.rmtree(args.output_dir, ignore_errors=True)


if __name__ == "__main__":
    main()
