"""What helps whoever writes a scene: what complaints mean, how files are laid out, what was hardly meant."""
