"""An example: a training loop in plain PyTorch that writes the training dynamics of a run which ftft knows nothing of."""

import numpy as np
import torch

from ftft_run import Run

torch.manual_seed(1)
features = torch.randn(600, 8)  # in place of a data set: two classes, a tenth of the labels wrong
gold = (features[:, 0] + features[:, 1] > 0).long()
gold[::10] = 1 - gold[::10]
train, dev = slice(0, 500), slice(500, 600)
model = torch.nn.Sequential(torch.nn.Linear(8, 32), torch.nn.ReLU(), torch.nn.Dropout(0.1), torch.nn.Linear(32, 2))
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
epochs, size, n = 5, 25, 500

with Run.create("runs/plain", [f"train-{i}" for i in range(n)], gold[train].numpy(), ["no", "yes"]) as run:
    run.catch_signals()
    run.start(max_steps=epochs * n // size, steps_per_epoch=n // size, batch_size=size)
    for epoch in range(epochs):
        run.open_epoch(epoch)
        for rows in np.array_split(np.random.permutation(n), n // size):
            logits = model.train()(features[rows])
            loss = torch.nn.functional.cross_entropy(logits, gold[rows])
            run.write(rows, logits.detach().numpy())  # before the update
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            run.step(run.step_done + 1, loss.item(), learning_rate=1e-2)
            run.poll()  # requests: ftft stop, ftft control
            if run.ending:
                break
        if run.ending:
            break
        run.close_epoch()
        with torch.no_grad():
            run.evaluation("dev", model.eval()(features[dev]).numpy(), gold[dev].numpy())
