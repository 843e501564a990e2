"""Latent Studio: make, explore, edit and train with generative adversarial networks, offline."""
