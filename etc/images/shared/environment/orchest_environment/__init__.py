"""What a folder asks for becomes an environment: it is resolved, built where it must be, installed, and compiled."""
