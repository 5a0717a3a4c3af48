"""Kernels at a Jupyter Enterprise Gateway that is already there and belongs to somebody else.

The variable `JUPYTER_GATEWAY` names that gateway. `app.py` and the configuration then choose these files in place of
those for the launch's own gateway:

* `place.py`, `tls.py`: where the gateway is, and how this server shows who it is
* `config.py`: what Jupyter's configuration has in this mode
* `asking.py`, `words.py`: requests to the gateway, and what a person reads when one fails
* `kernels.py`, `specs.py`: this server's own kernels there, and the kernelspecs
* `classic.py`: the messages between a page and the gateway, in the older protocol
* `missing.py`: the remark about files that kernels elsewhere do not see
* `terminals.py`: why no terminal can be opened in a kernel there
"""
