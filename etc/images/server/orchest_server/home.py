"""The files of the home that Jupyter reads and writes.

Stock: Jupyter reads configuration and templates from the home, and runs them as code. It writes files with the token
there.
Here: it reads only the data that pages store, and writes no file with the token.
Why: terminals can write to the whole home.
Written for jupyter_core 5.9.1 and jupyter_server 2.21.1.
"""

from jupyter_core.application import JupyterApp
from jupyter_server.serverapp import ServerApp
from jupyter_server.services.config import manager as page_config

from orchest_server.launch import CONFIG


def patch():
    # No home has configuration of Jupyter's first versions, and Jupyter would not read the migrated files.
    JupyterApp.migrate_config = lambda _: None
    # Both files hold the token, for programs that look for a running server.
    ServerApp.write_server_info_file = ServerApp.write_browser_open_files = lambda _: None
    # Pages store only data, which stays in the home.
    config_path = page_config.jupyter_config_path
    page_config.jupyter_config_dir = lambda: CONFIG
    page_config.jupyter_config_path = lambda: [CONFIG, *config_path()]
