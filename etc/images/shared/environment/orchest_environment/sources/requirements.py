"""requirements.txt, and what it includes. uv reads it itself."""

from orchest_environment import requirements
from orchest_environment.wanted import Wanted


def read(request):
    found = requirements.read(request.files, request.file)
    wanted = Wanted(
        inputs=[request.file],
        hashes=found.hashes,
        requested=found.requested,
        builds=found.builds,
        kernel=found.pinned("ipykernel"),
        indexes=found.indexes,
    )
    if request.of_folder:
        wanted.lines.append("-e .")
        wanted.builds.append(".")
    return wanted
