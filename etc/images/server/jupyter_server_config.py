"""JupyterLab for one folder and one person, behind a port on the loopback address."""

import os

from orchest_common.websocket import MAX_MESSAGE
from orchest_server import gateway, passwd
from orchest_server.elsewhere import config as elsewhere
from orchest_server.entrance import config as entrance
from orchest_server.launch import DATA, GATEWAY_TOKEN, HOME, PLACE, TOKEN

c = get_config()  # noqa: F821

try:
    passwd.enter_in_passwd()
except OSError:  # a file system that cannot be written: all but ssh works
    pass

c.ServerApp.ip = "0.0.0.0"
c.ServerApp.port = 8888
c.ServerApp.port_retries = 0
c.ServerApp.open_browser = False
c.ServerApp.root_dir = "/notebooks"
# A folder of root's own is served as root, in a container without capabilities.
c.ServerApp.allow_root = True
c.IdentityProvider.token = TOKEN
# A page elsewhere that resolves its own name to the loopback address is refused by its Host header.
c.ServerApp.allow_remote_access = False
c.ServerApp.use_redirect_file = False
c.ServerApp.quit_button = False
c.ServerApp.terminado_settings = {"shell_command": ["/bin/bash"]}
c.TerminalsExtensionApp.terminal_manager_class = "orchest_server.terminals.manager.Terminals"
c.ServerApp.jpserver_extensions = {
    "jupyterlab": True,
    "jupyter_server_terminals": True,
    "jupyter_lsp": True,
    # Serves settings of Notebook 6, which is not here.
    "notebook_shim": False,
}

# Deleting in Lab asks, and deletes; a trash would be a hidden folder in the person's own.
c.FileContentsManager.delete_to_trash = False
c.FileContentsManager.always_delete_dir = True
c.ServerApp.contents_manager_class = "orchest_server.files.contents.Contents"
c.ContentsManager.checkpoints_class = "orchest_server.files.checkpoints.Checkpoints"
# `.env` and `.gitignore` are the person's; nothing of ours is in the folder.
c.ContentsManager.allow_hidden = True

# Of the home, data and what runs in the page alone.
os.makedirs(DATA, mode=0o700, exist_ok=True)
c.NotebookNotary.data_dir = DATA
# The person's own for all folders, which the launch mounts, and those of this folder's home.
c.LabApp.extra_labextensions_path = ["/opt/labextensions", os.path.join(DATA, "labextensions")]

# The gateway's default; known from the start, not only after the first answer of the gateway.
c.MultiKernelManager.default_kernel_name = os.environ.get("EG_DEFAULT_KERNEL_NAME", "python_docker")

# The gateway gives up on a kernel first, and says why: after 60 s for its image and 80 s for its start.
c.GatewayClient.url = gateway.URL
c.GatewayClient.request_timeout = 150.0
c.GatewayClient.connect_timeout = 2.0
c.GatewayClient.auth_token = GATEWAY_TOKEN
c.GatewayClient.gateway_retry_interval = 0.1
c.GatewayClient.gateway_retry_interval_max = 1.0
c.GatewayClient.gateway_retry_max = 20

# Gateway and server can each take the place of one that ended.
c.ServerApp.kernel_manager_class = "orchest_server.kernels.kernels.Kernels"
c.ServerApp.session_manager_class = "orchest_server.kernels.sessions.Sessions"
c.ServerApp.kernel_websocket_connection_class = "orchest_server.connection.connection.Connection"
# What a page sends has a limit that no notebook meets.
c.ServerApp.tornado_settings = {"websocket_max_message_size": MAX_MESSAGE}
c.ServerApp.max_buffer_size = 2 * MAX_MESSAGE
c.SessionManager.database_filepath = os.path.join(HOME, ".sessions.sqlite")

# Nothing is fetched from elsewhere, and nothing can be installed into the server.
c.LabApp.news_url = None
c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
c.LabApp.extension_manager = "readonly"
c.LanguageServerManager.autodetect = False

if PLACE:
    elsewhere.configure(c, PLACE)

# After all others: it adds to what is set above.
entrance.configure(c, TOKEN, HOME)
