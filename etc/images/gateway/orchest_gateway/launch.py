"""What the launch gave to this gateway."""

import json
import os
import uuid

from orchest_common import secret

TOKEN = secret.take("EG_AUTH_TOKEN")
# What a kernel's container may see and who it is; `etc/images/README.md` has an example.
KERNEL = json.loads(os.environ.get("ORCHEST_KERNEL") or "{}")
# The label of the launch's containers, and this launch's id.
LABEL = "org.orchest.launch"
LAUNCH = (KERNEL.get("labels") or {}).get(LABEL)
# The engine's socket.
SOCKET = "/run/docker.sock"
# Names this gateway. By it the server knows that a new gateway took the place of the one that had its kernels.
GATEWAY = uuid.uuid4().hex
