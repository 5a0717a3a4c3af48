"""JupyterLab for one launch of Orchest Desktop.

Each file changes one thing that Jupyter does. Its first lines say what stock does, what this server does instead,
why, and which version it was written for. The versions are those of `requirements.txt`: jupyter_server 2.21.1,
jupyterlab 4.6.6, jupyterlab_server 2.28.1, jupyter_server_terminals 0.5.4, nbconvert 7.17.2.

* `unused.py`: modules that this server never uses are not imported
* `launch.py`, `attempt.py`, `home.py`: the launch's settings, and the files of the home that are read
* `gateway.py`: the connection to the gateway
* `elsewhere/`: the same for a gateway that is not the launch's own
* `kernels/`: the gateway's kernels and sessions, even after a gateway or a server ended
* `connection/`: the messages between a page and the gateway
* `entrance/`: how a browser gets in, and its cookies
* `terminals/`: terminals in this container, and in kernels' containers
* `files/`: the files of the folder, of the home, and how they are opened
* `exports.py`, `lab_settings.py`, `passwd.py`: exports, settings, and the name of the server's user
* `idle.py`: how long nobody has used the launch
* `app.py`: the application, and how all of the above is put into place

The server runs with `python -I`, by an interpreter that can be executed but not read. It imports only modules of the
image. No terminal can look into it or read its tokens.
"""
