"""Stage: adversarial robustness, the small changes of images that flip the prediction."""
