"""Are the pictures of a finished run of MobileNetV2 recognised by the transfer model of `transfer.py`?

    AUDIT_ASSETS=... python benchmarks/transfer_run.py RUN [--every 10] [--sheet FILE.png]

Reads the saved 8-bit files: what is judged here is what the report shows.
"""

import argparse
import json
from pathlib import Path

import common
import numpy as np
import torch
from PIL import Image
from transfer import judged


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("run", type=Path, nargs="?")
    parser.add_argument("--every", type=int, default=10)
    parser.add_argument("--sheet")
    args = parser.parse_args()
    if args.run is None:
        print("name the folder of a finished run of MobileNetV2 (whole_network.py --out FOLDER makes one)")
        return
    results = json.loads((args.run / "results.json").read_text())
    classifier, transfer_model = common.mobilenet_v2(), common.mobilenet_v1()
    chosen = [
        picture
        for entry in results["classes"]
        if entry["label"]["index"] % args.every == 0
        for picture in entry["pictures"]
        if picture["chosen"] and picture["prior"] == "natural"
    ]
    images = torch.stack([_read(args.run / picture["file"]) for picture in chosen])
    labels = torch.tensor([picture["class_index"] for picture in chosen])
    rows = []
    for start in range(0, len(images), 20):
        part = slice(start, start + 20)
        with torch.no_grad():
            own = classifier.logits(images[part])
        rows.append(judged(transfer_model, images[part], labels[part], own))
    table = torch.cat(rows)
    mean, error = table.mean(0), table.std(0) / len(table) ** 0.5
    names = ("transfer top-1", "top-5", "p", "own p")
    figures = "  ".join(f"{n} {m:.3f} ± {e:.3f}" for n, m, e in zip(names, mean, error, strict=True))
    settings = results["run"]["config"]["synthesis"]
    print(
        f"run at {results['run']['config_name']}, seed {results['run']['seed']}: {len(chosen)} pictures, "
        f"{settings['restarts']} restarts, {settings['views']} views a class\n  {figures}"
    )
    if args.sheet:
        common.contact_sheet(images, args.sheet)


def _read(path: Path) -> torch.Tensor:
    with Image.open(path) as image:
        return torch.from_numpy(np.array(image)).permute(2, 0, 1).float() / 255


if __name__ == "__main__":
    main()
