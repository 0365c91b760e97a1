"""Trains the digits model that the demo compiles, and writes digits.onnx.

The network is a small MobileNet: depthwise separable blocks, residual additions, hard-swish.
Only this script needs PyTorch, and not edgert:

    pip install torch onnxscript && python examples/digits/train.py
"""

from __future__ import annotations

import sys
from pathlib import Path

try:
    import onnx
    import onnxscript  # noqa: F401  (the exporter needs it)
    import torch
    from digits_data import load
    from torch import nn
except ModuleNotFoundError as error:
    sys.exit(f"{error.name} is not installed; run: pip install torch onnxscript")

SEED = 7
EPOCHS = 120


class Separable(nn.Module):
    """Expand, depthwise 3x3, project; with a residual addition where the shapes allow it."""

    def __init__(self, channels: int, out_channels: int, stride: int) -> None:
        super().__init__()
        hidden = channels * 3
        self.residual = stride == 1 and channels == out_channels
        self.body = nn.Sequential(
            nn.Conv2d(channels, hidden, 1, bias=False),
            nn.BatchNorm2d(hidden),
            nn.Hardswish(),
            nn.Conv2d(hidden, hidden, 3, stride, 1, groups=hidden, bias=False),
            nn.BatchNorm2d(hidden),
            nn.ReLU6(),
            nn.Conv2d(hidden, out_channels, 1, bias=False),
            nn.BatchNorm2d(out_channels),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """[N, C, H, W] to [N, C', H', W']."""
        y = self.body(x)
        return x + y if self.residual else y


def build() -> nn.Module:
    """The network: [N, 1, 8, 8] in 0 to 1, to ten logits."""
    return nn.Sequential(
        nn.Conv2d(1, 24, 3, 1, 1, bias=False),
        nn.BatchNorm2d(24),
        nn.ReLU(),
        Separable(24, 24, 1),
        Separable(24, 40, 2),
        Separable(40, 40, 1),
        Separable(40, 56, 2),
        Separable(56, 56, 1),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(56, 10),
    )


def shift(images: torch.Tensor) -> torch.Tensor:
    """Moves each image by up to one pixel."""
    padded = nn.functional.pad(images, (1, 1, 1, 1))
    dy, dx = torch.randint(0, 3, (2,)).tolist()
    return padded[:, :, dy : dy + 8, dx : dx + 8]


def main() -> None:
    """Trains, reports the test accuracy, exports."""
    torch.manual_seed(SEED)
    train_x, train_y, test_x, test_y = (torch.from_numpy(a) for a in load())
    model = build()
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=0.02)
    batches = (len(train_x) + 63) // 64
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1e-2, total_steps=EPOCHS * batches)
    loss_of = nn.CrossEntropyLoss(label_smoothing=0.05)
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(train_x)).split(64):
            loss = loss_of(model(shift(train_x[batch])), train_y[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    model.eval()
    accuracy = (model(test_x).argmax(1) == test_y).float().mean().item()
    print(f"test accuracy {accuracy:.4f} on {len(test_x)} images")

    path = Path(__file__).with_name("digits.onnx")
    torch.onnx.export(
        model,
        (test_x[:1],),
        str(path),
        input_names=["image"],
        output_names=["logits"],
        opset_version=18,
        dynamo=True,
        external_data=False,
    )
    proto = onnx.load(path)
    graph = proto.graph
    for item in (graph, *graph.node, *graph.value_info, *graph.input, *graph.output):
        del item.metadata_props[:]  # the exporter's stack traces
    onnx.checker.check_model(proto)
    onnx.save(proto, path)
    print(f"{path.name}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
