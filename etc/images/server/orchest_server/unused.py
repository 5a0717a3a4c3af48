"""Leaves out modules that Jupyter imports and this server never uses.

Stock: JupyterLab imports clients of HTTP for updates and for its catalogue of extensions.
Here: empty modules stand in their place, as both are off.
Written for jupyterlab 4.6.6 and jupyterlab_server 2.28.1.
"""

from orchest_common.absent import absent


def leave_out():
    absent("httpx")
    absent("requests")
    absent("jupyterlab.extensions.pypi", PyPIExtensionManager=None)
