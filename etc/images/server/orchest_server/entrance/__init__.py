"""How a browser comes in, and the cookies that it has from then on."""
