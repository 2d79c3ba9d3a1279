"""Stage: small changes of images that flip the answer."""
