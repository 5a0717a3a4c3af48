"""Where the gateway listens and the server finds it: a socket file in a volume that only these two containers have."""

FOLDER = "/run/orchest-gateway"
PATH = f"{FOLDER}/socket"
# The gateway's name in addresses and `Host` headers. No name server is asked for it.
HOST = "gateway"
