"""The messages between kernels and pages: ZeroMQ on one side, websockets on the other."""
