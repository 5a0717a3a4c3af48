"""Finds the packages of conda that a file needs."""

import asyncio

from orchest_environment import said
from orchest_environment.conda import why
from orchest_environment.failure import Failure

# What a kernel of R is run by, which a file need not name.
IRKERNEL = "r-irkernel"


def resolved(wanted, language, tool):
    if language == "R":
        return solved_for_r(wanted.specs, tool)
    records = solved(wanted.specs, tool)
    if version(records, "python") is None:
        # A file that names only programs still has a kernel.
        records = solved([*wanted.specs, "python"], tool)
    return records


def solved_for_r(specs, tool):
    try:
        return solved([*specs, IRKERNEL], tool)
    except Failure as failure:
        if failure.package != IRKERNEL:
            raise
        text = f"Kernels of R need `{IRKERNEL}`, and no channel has one that fits."
        raise Failure("without_kernel", text, IRKERNEL) from failure


def solved(specs, tool):
    from rattler import MatchSpec

    parsed = []
    for spec in specs:
        try:
            parsed.append(MatchSpec(addressed(spec, tool.named)))
        except Exception as error:
            raise Failure("file", f"`{spec}` is no package of conda: {error}.") from error
    try:
        return asyncio.run(_solved(parsed, tool))
    except Exception as error:
        raise why.failure(error) from error


def addressed(spec, named):
    """The channel before `::` as an address, as `.condarc` may have names of its own."""
    channel, mark, rest = spec.rpartition("::")
    return f"{named.get(channel.strip(), channel.strip())}::{rest.strip()}" if mark else spec


async def _solved(specs, tool):
    from rattler import ChannelPriority, exceptions

    priorities = [ChannelPriority.Strict, *([ChannelPriority.Disabled] if tool.flexible else [])]
    first = None
    for offline in (False, True):
        gateway = tool.gateway(offline)
        for priority in priorities:
            try:
                return await _once(specs, tool, gateway, priority)
            except exceptions.SolverError as error:
                # conda's own rule takes a package from a later channel only where the earlier ones have none that fits.
                first = first or error
            except exceptions.GatewayError as error:
                if first:
                    raise first from error
                if why.failure(error).kind != "network":
                    raise
                # Where the network is not there, once more with what is known of the channels.
                first = error
                said.log(f"{error}")
                break
        else:
            break
    raise first


async def _once(specs, tool, gateway, priority):
    from rattler import Channel, Subdir, VirtualPackage, solve

    return await solve(
        sources=[Channel(url) for url in tool.channels],
        specs=specs,
        gateway=gateway,
        platforms=[Subdir.current(), Subdir("noarch")],
        # glibc and Linux as they are here: kernels have the same base.
        virtual_packages=VirtualPackage.detect(),
        channel_priority=priority,
        channel_relations="disabled",
    )


def version(records, name):
    return next((str(record.version) for record in records if record.name.normalized == name), None)


def languages(records, request):
    """The versions of Python and of R among the packages. One of them has all that a kernel needs."""
    needed = IRKERNEL if request.language == "R" else "python"
    if version(records, needed) is None:
        what = f"`{request.locked_by or request.file}` has no `{needed}`, which the kernels of this folder need."
        raise Failure("without_kernel", what, needed)
    return version(records, "python"), version(records, "r-base")
