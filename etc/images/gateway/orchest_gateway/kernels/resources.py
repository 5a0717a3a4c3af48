"""What a kernelspec asks for its kernels besides an image: limits and GPUs, in `metadata.orchest`.

The launch script applies them. The limits of the launch are the most that a kernel can get.
"""

from orchest_gateway.launch import KERNEL


def resources_of(spec):
    """The object of the kernelspec. The app offers no kernelspec in which it is wrong."""
    found = (spec.metadata or {}).get("orchest")
    return found if isinstance(found, dict) else {}


def memory_of(spec):
    """The memory limit of its kernels in bytes, or None."""
    own = (resources_of(spec).get("limits") or {}).get("memory_mb") or 0
    # An engine that keeps no such limit is asked for none.
    own = 0 if "memory" in (KERNEL.get("unkept") or []) else own << 20
    return min((limit for limit in (own, KERNEL.get("memory")) if limit), default=None)
