"""The settings that the launch gives to this server, and the places of its files."""

import os

from orchest_common import secret
from orchest_server.elsewhere import place

# Tokens leave the environment: terminals inherit it, and Jupyter logs it at each start of a kernel.
TOKEN = secret.take("JUPYTER_TOKEN")
GATEWAY_TOKEN = secret.take("JUPYTER_GATEWAY_AUTH_TOKEN")
# The gateway that is not the launch's own, or None. It has a token, and maybe a key.
PLACE = place.read(secret.take(place.VARIABLE))

# Kept for the folder's next launch: open tabs, trusted notebooks, checkpoints.
HOME = os.environ.get("HOME", "/tmp")
# Where Jupyter has these in a home.
DATA = os.path.join(HOME, ".local/share/jupyter")
CONFIG = os.path.join(HOME, ".jupyter")
# Terminals can write to the whole home, and Jupyter runs code from these places: configuration, and templates of
# exports. So it looks for them in an empty folder. The data that it still reads from the home is named item by item.
EMPTY = "/opt/orchest/empty"
JUPYTERS = {
    "JUPYTER_CONFIG_DIR": EMPTY,
    "JUPYTER_DATA_DIR": EMPTY,
    # The list of running servers holds tokens, so it is not written (`home.py`).
    "JUPYTER_RUNTIME_DIR": os.path.join(DATA, "runtime"),
    "JUPYTERLAB_WORKSPACES_DIR": os.path.join(CONFIG, "lab/workspaces"),
}


def prepare():
    """Has to be called before Jupyter is imported, which reads these variables."""
    os.environ.update(JUPYTERS)
    # The person's umask, for all that the server and its terminals write.
    os.umask(int(os.environ.pop("ORCHEST_UMASK", "0022"), 8))
