"""setup.py and setup.cfg: what they ask for is known after they ran, so only the builder can say it."""

from orchest_environment.wanted import Wanted


def read(request):
    return Wanted(lines=["-e ."], builds=["."])
