"""Adversarial training of clips: from noise (`video`) and from a still picture (`animate`)."""
