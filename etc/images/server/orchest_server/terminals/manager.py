"""All terminals: those in this container, and those in kernels' containers.

Stock: terminals are processes of this container, work where the server does, and have its environment.
Here: they work in the pipeline's folder and have the person's environment, and one can be in a kernel's container.
Written for jupyter_server_terminals 0.5.4.
"""

import itertools
import os

from jupyter_server_terminals.terminalmanager import RUNNING_TOTAL, TerminalManager

from orchest_server.launch import JUPYTERS
from orchest_server.terminals.kernel_terminal import KernelTerminal, last_words
from orchest_server.terminals.opening import connected

# Each name of a terminal in a kernel begins with this. A page that comes back after the server ended asks by name.
PREFIX = "kernel_"
ENDED = "This terminal ended with the server that it was opened by. Close it, and open a new one."


class Terminals(TerminalManager):
    """The terminals in this container, and those in kernels' containers."""

    def new_terminal(self, **kwargs):
        if kwargs.get("cwd") in (None, os.getcwd()):
            kwargs["cwd"] = self.parent.root_dir
        return super().new_terminal(**kwargs)

    def make_term_env(self, *args, **kwargs):
        env = super().make_term_env(*args, **kwargs)
        return {name: value for name, value in env.items() if name not in JUPYTERS}

    def create(self, **kwargs):
        name = kwargs.get("name")
        if isinstance(name, str) and name.startswith(PREFIX) and name not in self.terminals:
            # The page was open before the server ended. Stock would open a terminal in this container, under that name.
            KernelTerminal(self.terminals, name, None).say(last_words(ENDED))
            RUNNING_TOTAL.inc()
            return self.get_terminal_model(name)
        return super().create(**kwargs)

    def client_disconnected(self, websocket):
        terminal = self.terminals.get(websocket.term_name)
        if isinstance(terminal, KernelTerminal) and terminal.over and not terminal.clients:
            terminal.end()

    async def kill_all(self):
        for terminal in list(self.terminals.values()):
            if isinstance(terminal, KernelTerminal):
                terminal.end()
        await super().kill_all()

    async def open_in(self, kernel_id):
        """Opens a terminal in the container of this kernel. Returns its model."""
        socket = await connected(kernel_id)
        number = next(number for number in itertools.count(1) if f"{PREFIX}{number}" not in self.terminals)
        terminal = KernelTerminal(self.terminals, f"{PREFIX}{number}", socket)
        RUNNING_TOTAL.inc()
        return self.get_terminal_model(terminal.term_name)
