import os
import tempfile

# The server puts its home in order, and the person who runs the tests has a home, too.
os.environ["HOME"] = tempfile.mkdtemp(prefix="orchest-home-")

from orchest_server import unused

# As the server does, before Jupyter is imported.
unused.leave_out()
