"""Photo models, from photographs to shipped weights: enlarging, deblurring, denoising, inpainting."""
