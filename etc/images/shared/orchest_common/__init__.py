"""What the gateway and the server have in common. Each image's definition copies this folder."""
