"""The latent explorer's parts: going about, the map, mixing, attributes, and paths of keyframes."""
