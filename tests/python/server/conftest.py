import os
import tempfile

# The server changes files in its home, and must not use the home of the person who runs the tests.
os.environ["HOME"] = tempfile.mkdtemp(prefix="orchest-home-")

from orchest_server import unused

# As the server does, before Jupyter is imported.
unused.leave_out()
