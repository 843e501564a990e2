"""Latent Studio: make, explore, edit and train with generative adversarial networks, offline."""

import os

# Read once, when torch loads OpenMP: waiting threads sleep instead of spinning, so that the interface, the
# engine and a training process can share the cores. Two spinning processes slow each other down 20-fold.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("GOMP_SPINCOUNT", "0")
