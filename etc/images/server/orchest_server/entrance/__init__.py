"""How a browser gets in, and its cookies."""
