"""`toy:NAME`: a network of four classes."""

from audit.classifier.loaders.loader import Loader, Request

NAMES = ("net",)


class Toy(Loader):
    name = "toy"
    forms = ("toy:net",)

    def require(self, spec):
        from audit.errors import ModelError

        if spec.partition(":")[2] not in NAMES:
            raise ModelError(f"there is no toy {spec!r}", fix="use toy:net")

    def load(self, spec, request: Request):
        import torch
        from torch import nn

        from audit.classifier.candidate import Candidate, seeded

        with seeded(3):
            net = nn.Sequential(
                nn.Conv2d(3, 8, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 4)
            )
        with torch.no_grad():
            net[-1].weight.mul_(20)
        return Candidate(
            net,
            "toy",
            declared_input={"input_size": 32, "mean": 0.5, "std": 0.25},
            input_source="the toy's own",
            declared_classes=["ball", "bear", "kite", "top"],
            classes_source="the toy's own",
        )


LOADER = Toy()
