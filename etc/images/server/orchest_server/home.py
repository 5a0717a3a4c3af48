"""What of the home Jupyter reads and writes.

Stock: Jupyter reads configuration and templates, which are code, from the home, and writes files there that hold the
token.
Here: what pages keep is read, and no such file is written.
Why: terminals can write all of the home.
Written for jupyter_core 5.9.1 and jupyter_server 2.21.1.
"""

from jupyter_core.application import JupyterApp
from jupyter_server.serverapp import ServerApp
from jupyter_server.services.config import manager as page_config

from orchest_server.launch import CONFIG


def patch():
    # No home has configuration of Jupyter's first years, and the place that it would be moved to is not read.
    JupyterApp.migrate_config = lambda _: None
    # Both files hold the token, for programs that look for a running server.
    ServerApp.write_server_info_file = ServerApp.write_browser_open_files = lambda _: None
    # What pages keep and read is data, and stays in the home.
    config_path = page_config.jupyter_config_path
    page_config.jupyter_config_dir = lambda: CONFIG
    page_config.jupyter_config_path = lambda: [CONFIG, *config_path()]
