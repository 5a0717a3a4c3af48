"""What the launch gave to this server, and where its files are."""

import os

from orchest_common import secret

# Out of the environment, which terminals inherit, and which Jupyter writes to the log at each start of a kernel.
TOKEN = secret.take("JUPYTER_TOKEN")
GATEWAY_TOKEN = secret.take("JUPYTER_GATEWAY_AUTH_TOKEN")

# What is here is kept for the folder's next launch: open tabs, trusted notebooks, checkpoints.
HOME = os.environ.get("HOME", "/tmp")
# As Jupyter has it in a home.
DATA = os.path.join(HOME, ".local/share/jupyter")
CONFIG = os.path.join(HOME, ".jupyter")
# Terminals can write all of the home, and Jupyter runs code of both places: configuration, and templates of exports.
# So it looks for them where nothing is; what of the home is data is named, one by one.
EMPTY = "/opt/orchest/empty"
JUPYTERS = {
    "JUPYTER_CONFIG_DIR": EMPTY,
    "JUPYTER_DATA_DIR": EMPTY,
    # Its list of running servers holds tokens, and is not written.
    "JUPYTER_RUNTIME_DIR": os.path.join(DATA, "runtime"),
    "JUPYTERLAB_WORKSPACES_DIR": os.path.join(CONFIG, "lab/workspaces"),
}


def prepare():
    """Before Jupyter is imported, which reads these variables."""
    os.environ.update(JUPYTERS)
    # The person's, for all that this and its terminals write.
    os.umask(int(os.environ.pop("ORCHEST_UMASK", "0022"), 8))
