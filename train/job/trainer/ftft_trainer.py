"""The Trainer of transformers, 4.40 to 5.x, with the logits of every training example written into an ftft run directory.

Begin reading at DynamicsTrainer. It works with one process, torchrun (DDP) and accelerate, gradient accumulation, mixed precision,
short last batches, dropped last batches and any order of examples. In a script of yours:

    from ftft_run import Run
    from ftft_trainer import DynamicsTrainer, with_rows

    run = Run.create("runs/mine", guids, gold, labels)
    trainer = DynamicsTrainer(model=model, args=args, train_dataset=with_rows(train), ..., run=run)  # was Trainer(...)
"""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import Any, Mapping, Optional, Sequence

import numpy as np
import torch
import transformers
from transformers import Trainer, TrainerCallback
from transformers.trainer_utils import get_last_checkpoint

from ftft_run import Request, Run, RunError

ROW = "row"  # the column with an example's row


class RowDataset(torch.utils.data.Dataset):
    """A dataset of mappings whose item i also has its row."""

    def __init__(self, dataset: Any, rows: Sequence[int]):
        self.dataset, self.rows = dataset, rows

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, i: int) -> dict:
        return {**self.dataset[i], ROW: int(self.rows[i])}


def with_rows(dataset: Any, rows: Optional[Sequence[int]] = None) -> Any:
    """Returns the dataset with a column row: rows [len(dataset)], by default the positions 0, 1, ... Give rows if the dataset is a
    part of the run's examples. For a datasets.Dataset, or any dataset with a length whose items are mappings."""
    rows = range(len(dataset)) if rows is None else rows
    if len(rows) != len(dataset):
        raise RunError(f"{len(rows)} rows for {len(dataset)} examples")
    if hasattr(dataset, "add_column"):
        return dataset.add_column(ROW, [int(r) for r in rows])
    return RowDataset(dataset, rows)


class DynamicsTrainer(Trainer):
    """A Trainer that writes the training dynamics, losses and evaluations of a run, and obeys its requests.

    run is an open Run. eval_sets tells for the names of evaluation sets, which are the keys of a dictionary of eval_datasets, their
    kind (id or ood) and use (validation or test); other sets are ("id", "validation"), and a single eval_dataset has the name
    "eval". The run is finished when train returns; with finish=False the script calls run.finish itself, after evaluations of its
    own. train(resume_from_checkpoint=...) continues the run.
    """

    def __init__(self, *args: Any, run: Run, eval_sets: Optional[Mapping[str, tuple[str, str]]] = None, finish: bool = True,
                 **keywords: Any):
        self.run, self.eval_sets, self.finishes = run, dict(eval_sets or {}), finish
        self.gradient_norm = math.nan
        super().__init__(*args, **keywords)
        self.record = RunCallback(self)
        self.add_callback(self.record)
        if self.args.world_size > 1:
            run.barrier = torch.distributed.barrier
        self._watch_norm()

    def _watch_norm(self) -> None:
        """Keeps the norm of the gradient before clipping, which the Trainer passes to no callback."""
        clip = self.accelerator.clip_grad_norm_

        def watched(*args: Any, **keywords: Any) -> Any:
            norm = clip(*args, **keywords)
            if norm is not None:
                self.gradient_norm = float(norm)
            return norm

        self.accelerator.clip_grad_norm_ = watched

    def train(self, *args: Any, **keywords: Any) -> Any:
        self.run.catch_signals()
        try:
            output = super().train(*args, **keywords)
        except (KeyboardInterrupt, SystemExit) as err:
            self.run.finish("interrupted", f"ended by {type(err).__name__}")
            raise
        except BaseException as err:
            self.run.fail(err)
            raise
        if self.finishes:
            self.run.finish()
        return output

    def compute_loss(self, model: Any, inputs: dict, return_outputs: bool = False, **keywords: Any) -> Any:
        rows = inputs.pop(ROW, None)
        if not model.training or not self.record.training:
            return super().compute_loss(model, inputs, return_outputs=return_outputs, **keywords)
        if rows is None:
            raise RunError(f"the training batches have no column {ROW!r}: train on with_rows(dataset)")
        labels, mask = inputs.get("labels"), inputs.get("attention_mask")
        loss, outputs = super().compute_loss(model, inputs, return_outputs=True, **keywords)
        logits = outputs["logits"] if isinstance(outputs, dict) else outputs[1]
        self.record.batch(rows, logits.detach().float(), labels, mask)
        return (loss, outputs) if return_outputs else loss

    def prediction_step(self, model: Any, inputs: dict, *args: Any, **keywords: Any) -> Any:
        inputs.pop(ROW, None)
        return super().prediction_step(model, inputs, *args, **keywords)

    def evaluation_loop(self, dataloader: Any, description: str, prediction_loss_only: Optional[bool] = None,
                        ignore_keys: Optional[list] = None, metric_key_prefix: str = "eval") -> Any:
        began = time.time()
        output = super().evaluation_loop(dataloader, description, False, ignore_keys, metric_key_prefix)
        name = _set_name(metric_key_prefix)
        if name and output.label_ids is not None and not self.run.finished:
            logits = output.predictions[0] if isinstance(output.predictions, tuple) else output.predictions
            kind, use = self.eval_sets.get(name, ("id", "validation"))
            self.run.evaluation(name, np.asarray(logits, np.float32), output.label_ids, kind=kind, use=use, seconds=time.time() - began)
        return output

    def _set_signature_columns_if_needed(self) -> None:
        super()._set_signature_columns_if_needed()
        if ROW not in self._signature_columns:  # so that remove_unused_columns keeps it
            self._signature_columns.append(ROW)


def _set_name(prefix: str) -> str:
    """Returns the name of the set that an evaluation with these metric names scores; empty for a prediction."""
    if prefix != "eval" and not prefix.startswith("eval_"):
        return ""
    name = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "-" for c in prefix[5:]).lstrip(".")
    return name or "eval"


class RunCallback(TrainerCallback):
    """Writes a run while a DynamicsTrainer trains."""

    def __init__(self, trainer: DynamicsTrainer):
        self.trainer, self.run = trainer, trainer.run
        self.training = False
        self.epoch = -1  # the running one, from 0
        self.batches = 0  # of the running epoch, those of this process
        self.length = 0  # batches of an epoch
        self.steps_per_epoch = 0
        self.saving: list[Request] = []  # requests for a checkpoint
        self._reset()

    def _reset(self) -> None:
        self.loss, self.seen, self.tokens = 0.0, 0, 0  # of the step; the loss is a sum over examples

    def batch(self, rows: torch.Tensor, logits: torch.Tensor, labels: torch.Tensor, mask: Optional[torch.Tensor]) -> None:
        """Records the logits [n, C] of a forward pass of this process."""
        if logits.ndim != 2 or labels is None or labels.ndim != 1 or labels.is_floating_point():
            raise RunError("training dynamics need logits of shape [n, C] and class labels of shape [n]")
        self.run.write(rows.cpu().numpy(), logits.cpu().numpy())
        self.loss += float(torch.nn.functional.cross_entropy(logits, labels.to(logits.device), reduction="sum"))
        self.seen += len(rows)
        self.tokens += int(mask.sum()) if mask is not None else 0
        self.batches += 1

    def on_train_begin(self, args: Any, state: Any, control: Any, train_dataloader: Any = None, model: Any = None, **_: Any) -> None:
        parts = args.gradient_accumulation_steps
        self.length = len(train_dataloader)
        up = tuple(int(v) for v in transformers.__version__.split(".")[:2]) >= (4, 46)  # older ones carry a rest into the next epoch
        self.steps_per_epoch = max(1, -(-self.length // parts) if up else self.length // parts)
        threads = torch.get_num_threads()
        self.training = True
        if state.global_step:
            self.run.resume(state.global_step, threads=threads)
            self.total_tokens, self.seconds = self.run.tokens, self.run.seconds
        else:
            every = int(args.eval_steps or 0) if _strategy(args) == "steps" else self.steps_per_epoch if _strategy(args) == "epoch" else 0
            steps = self.evaluation_steps(state.max_steps) or (range(every, state.max_steps + 1, every) if every else [])
            self.run.start(max_steps=state.max_steps, steps_per_epoch=self.steps_per_epoch,
                           batch_size=args.train_batch_size * parts * args.world_size, evaluation_steps=steps, threads=threads)
            self.total_tokens, self.seconds = 0, 0.0
        self.epoch = state.global_step // self.steps_per_epoch - 1
        self.batches = state.global_step % self.steps_per_epoch * parts
        kind = next((p.dtype for p in model.parameters() if p.is_floating_point()), torch.float32)
        if kind != torch.float32:
            self.run.warning(f"the weights are {str(kind).removeprefix('torch.')}, which is too coarse for small updates: "
                             "load the model with dtype=torch.float32, and use bf16=True for speed")

    def evaluation_steps(self, max_steps: int) -> Sequence[int]:
        """Returns the steps that evaluations follow, where they are not those of the Trainer's arguments."""
        return []

    def on_epoch_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self.epoch += 1
        self.run.open_epoch(self.epoch)

    def on_step_begin(self, args: Any, state: Any, control: Any, lr_scheduler: Any = None, **_: Any) -> None:
        self.began = time.monotonic()
        self.rate = lr_scheduler.get_last_lr()[0] if lr_scheduler is not None else math.nan
        self.trainer.gradient_norm = math.nan

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> Any:
        self.seconds += time.monotonic() - self.began
        loss, seen, tokens = self._sum([self.loss, self.seen, self.tokens])
        self._reset()
        self.total_tokens += int(tokens)
        self.run.step(state.global_step, loss / max(seen, 1), learning_rate=self.rate, gradient_norm=self.trainer.gradient_norm,
                      tokens=self.total_tokens, seconds=self.seconds)
        self._close_if_whole()
        self._obey(args, control)
        return control

    def _obey(self, args: Any, control: Any) -> None:
        """Carries requests and signals out on all ranks together. A paused run waits here."""
        while True:
            asked = self.run.poll(("checkpoint",), wait=False)
            self.saving += asked
            flags = [bool(asked), self.run.ending == "stopped", self.run.ending == "interrupted", self.run.paused]
            save, stopped, interrupted, paused = self._sum([float(f) for f in flags])
            if save or (stopped or interrupted) and _strategy(args, "save") != "no":
                control.should_save = True
            if stopped or interrupted:
                self.run.ending = self.run.ending or ("stopped" if stopped else "interrupted")
                self.run.ending_message = self.run.ending_message or "another rank was told to end"
                control.should_training_stop = True
                return
            if not paused:
                return
            time.sleep(0.25)

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        for request in self.saving:
            self.run.answer(request, f"saved step {state.global_step}")
        self.saving = []
        folder = Path(args.output_dir).absolute() / f"checkpoint-{state.global_step}"
        if self.run.path in folder.parents:
            self.run.checkpoint(folder, step=state.global_step)

    def on_epoch_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self._close_if_whole()
        self.run.abandon_epoch()
        self.batches = 0

    def _close_if_whole(self) -> None:
        if self.batches >= self.length:
            self.run.close_epoch()

    def on_train_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self.training = False
        self.run.flush()

    def _sum(self, values: Sequence[float]) -> list[float]:
        """Returns the sums over all ranks."""
        if self.trainer.args.world_size == 1:
            return list(values)
        total = torch.tensor(values, dtype=torch.float64, device=self.trainer.args.device)
        torch.distributed.all_reduce(total)
        return total.tolist()


def _strategy(args: Any, what: str = "eval") -> str:
    """Returns when the Trainer evaluates or saves: no, steps or epoch."""
    value = getattr(args, f"{what}_strategy", None) or getattr(args, "evaluation_strategy", "no")
    return str(getattr(value, "value", value))


def last_checkpoint(folder: Any) -> Optional[str]:
    """Returns the newest whole checkpoint of the Trainer in its output_dir; None without one. For train(resume_from_checkpoint=...)."""
    folder = Path(folder)
    whole = [p for p in folder.glob("checkpoint-*") if p.name[11:].isdecimal() and (p / "trainer_state.json").exists()]
    newest = get_last_checkpoint(str(folder)) if whole else None
    if newest and not (Path(newest) / "trainer_state.json").exists():
        newest = str(max(whole, key=lambda p: int(p.name[11:])))
    return newest
