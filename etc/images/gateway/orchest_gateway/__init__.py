"""Jupyter Enterprise Gateway for one launch of Orchest Desktop.

Each file changes one thing that Enterprise Gateway or a library below it does. Its first lines say what stock does,
what this gateway does instead, why, and which version it was written for. The versions are those of
`requirements.txt`: Enterprise Gateway 3.3.0, jupyter_server 1.24.0, jupyter_client 6.1.12, pyzmq 24.0.1.

* `unused.py`: modules that this gateway never uses are not imported
* `kernels/`: how a kernel's container starts, ends, is interrupted and is restarted
* `reports/`: how a starting kernel reports its address to the gateway
* `messages/`: messages between kernels and pages
* `terminals/`: terminals in a kernel's container
* `listening.py`: where the gateway listens
* `name_header.py`, `request_log.py`: a header of every answer, and the log of requests
* `app.py`: the application, and how all of the above is put into place

The gateway runs with `python -I`, by an interpreter that can be executed but not read. It imports only modules of the
image, and no process of its user can look into it. A client's request chooses only the kernelspec and a folder inside
the pipeline.
"""
