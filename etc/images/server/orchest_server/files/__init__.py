"""Files: those of the pipeline's folder, which kernels change at the same time, and those of the server's home."""
