"""Pictures from imported StyleGAN networks."""
