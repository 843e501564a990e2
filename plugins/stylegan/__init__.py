"""Pictures from imported StyleGAN2 networks."""
