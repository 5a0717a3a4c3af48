"""Restarts a kernel that ended by itself, and gives up if it ends again and again.

Stock: a kernel whose restart fails stays "starting" for ever, and a dead one is removed from the list.
Here: a failed restart counts like an end and is tried again. After five ends in a row the kernel is dead: it stays in
the list, and a person can restart or end it.
Written for jupyter_client 6.1.12.
"""

from jupyter_client.ioloop.restarter import AsyncIOLoopKernelRestarter


class Restarter(AsyncIOLoopKernelRestarter):
    """Restarts a kernel that ended by itself. Gives up if the kernel ends again and again."""

    at_work = False

    async def poll(self):
        kernel = self.kernel_manager
        if self.at_work or kernel.shutting_down or kernel.restarting:
            return
        self.at_work = True
        try:
            await self.look()
        finally:
            self.at_work = False

    async def look(self):
        kernel = self.kernel_manager
        if await kernel.is_alive():
            self._restarting = False
            return
        if kernel.shutting_down or kernel.restarting:
            return
        kernel.restarting = True
        try:
            while True:
                await kernel.tell_end()
                self._restart_count = self._restart_count + 1 if self._restarting else 1
                if self._restart_count >= self.restart_limit:
                    self.give_up()
                    return
                self._restarting = True
                self._fire_callbacks("restart")
                try:
                    await kernel.restart_kernel(now=True)
                    return
                except Exception:  # the next try may succeed, whatever the reason is
                    self.log.error("Kernel %s: its restart failed: %s", kernel.kernel_id, kernel.reason)
        finally:
            kernel.restarting = False

    def give_up(self):
        kernel = self.kernel_manager
        self.log.error(
            "Kernel %s ended %d times in a row, and is not started again", kernel.kernel_id, self.restart_limit
        )
        self.stop()
        self._restarting, self._restart_count = False, 0
        self._fire_callbacks("dead")
        kernel.is_dead()
