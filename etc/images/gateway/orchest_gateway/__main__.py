"""Starts the gateway. The order of the steps matters: each says why."""


def main():
    from orchest_common import process

    # Before a token is read.
    process.close()
    # This takes the token out of the environment, before anything else can pass it on.
    from orchest_gateway import launch, unused  # noqa: F401

    # Before Enterprise Gateway is imported, which would import the real modules.
    unused.leave_out()
    from orchest_gateway.app import run

    run()


if __name__ == "__main__":
    main()
