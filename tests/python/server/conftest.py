from orchest_server import unused

# As the server does, before Jupyter is imported.
unused.leave_out()
