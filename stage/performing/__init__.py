"""How a scene is performed: the loop, what is asked in it, and what comes of it."""
