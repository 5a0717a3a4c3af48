"""Starts the server. The order of the steps matters: each says why."""

import gc


def main():
    from orchest_common import process

    # Before a token is read.
    process.close()
    # A start makes no garbage, and collecting would take a tenth of its time.
    gc.disable()
    # This takes the tokens out of the environment, which terminals inherit, and says where Jupyter finds its files.
    from orchest_server import launch, unused

    # Before Jupyter is imported, which would import the real modules.
    unused.leave_out()
    launch.prepare()
    from orchest_server.app import run

    run()


if __name__ == "__main__":
    main()
