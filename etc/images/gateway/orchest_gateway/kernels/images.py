"""Has a kernel's image prepared when the engine does not have it.

Stock: the kernel does not start, and the engine's refusal is the reason.
Here: the gateway asks the window of Orchest to prepare the image, and the page waits. If no window answers, or the
kernel's time-out is over, the failure says what to do.
Why: a kernelspec whose image is missing is offered like any other.

A request is a container that is created and never started. Its labels name the launch and the image, so it is removed
with the launch. The window writes the progress into the container's name, and removes the container when the image is
there. If the image cannot be prepared, the window marks the container before (`core/src/state/image_requests.rs`).
Written for Enterprise Gateway 3.3.0 (`processproxies/container.py`).
Engine API: https://docs.docker.com/reference/api/engine/version/v1.41/
"""

import asyncio
import hashlib
import json
import re
import time
from urllib.parse import quote

from orchest_gateway.engine_async import ask, request
from orchest_gateway.kernels import any_image, failures
from orchest_gateway.launch import KERNEL, LABEL, LAUNCH

ROLE, REQUEST = "org.orchest.role", "image-request"
IMAGE, KERNELSPEC = "org.orchest.image", "org.orchest.kernelspec"
# How long a window has to take a request, and how long it may be silent while it prepares the image (s). It renews its
# mark every 3 s.
TAKEN_WITHIN = 3
SILENT_FOR = 15
# The ends of a request's name: taken, renewed for the nth time, with the progress; and failed.
TAKEN = re.compile(r"-taken-\d+(?:-(\d+)-of-(\d+)-(steps|mb))?$")
FAILED = "-failed"

# The event of a container's removal: Docker's and Podman's name.
REMOVED = ("destroy", "remove")

# How a request ended.
GONE, UNANSWERED, ABANDONED, NOT_PREPARED = "gone", "unanswered", "abandoned", "not prepared"


class Request:
    """A request on the engine. All kernels of this launch that want its image wait for the same one."""

    # Those that are not ended, by image.
    open = {}

    def __init__(self, image, kernelspec):
        self.image, self.kernelspec = image, kernelspec
        self.container, self.name, self.began = None, None, time.time()
        # What the window has written into the name: taken, and how far it is.
        self.taken, self.progress = False, None
        self.ended = asyncio.ensure_future(self.follow())

    @classmethod
    def of(cls, image, kernelspec):
        if image not in cls.open:
            cls.open[image] = cls(image, kernelspec)
        return cls.open[image]

    def seconds(self):
        return max(0, time.time() - self.began)

    async def follow(self):
        """Returns how the request ended, or the error of the engine."""
        try:
            # A window that is gone leaves its request behind: another window may take a new one.
            while (outcome := await self.follow_one()) == ABANDONED:
                self.taken, self.progress, self.began = False, None, time.time()
            return outcome
        except (OSError, ValueError, KeyError, asyncio.IncompleteReadError, TimeoutError) as error:
            return error
        finally:
            del self.open[self.image]

    async def follow_one(self):
        labels = [f"{LABEL}={LAUNCH}", f"{ROLE}={REQUEST}", f"{IMAGE}={self.image}"]
        filters = {"type": ["container"], "event": ["rename", *REMOVED], "label": labels}
        # It listens first and asks then, so that it misses nothing.
        path = f"/events?filters={quote(json.dumps(filters))}&since={int(time.time()) - 1}"
        _, events, writer = await request("GET", path)
        try:
            if not await self.find(labels):
                await self.create()
            return await self.hear(events)
        finally:
            writer.close()

    async def find(self, labels):
        """Whether the request is there already."""
        _, listed = await ask("GET", f"/containers/json?all=1&filters={quote(json.dumps({'label': labels}))}")
        for one in listed:
            name = one["Names"][0].lstrip("/")
            if not name.endswith(FAILED):
                self.container, self.began = one["Id"], one["Created"]
                self.read(name)
                return True
        return False

    async def create(self):
        """Creates the request from this gateway's own image, and starts nothing."""
        filters = quote(json.dumps({"label": [f"{LABEL}={LAUNCH}", f"{ROLE}=gateway"]}))
        _, gateways = await ask("GET", f"/containers/json?filters={filters}")
        if not gateways:
            raise OSError("the engine does not list this gateway")
        labels = {**KERNEL["labels"], ROLE: REQUEST, IMAGE: self.image, KERNELSPEC: self.kernelspec}
        wanted = {
            "Image": gateways[0]["ImageID"],
            "User": "65534:65534",
            "Labels": labels,
            "HostConfig": {"NetworkMode": "none", "CapDrop": ["ALL"], "SecurityOpt": ["no-new-privileges"]},
        }
        # Two with the same name are not possible.
        name = f"orchest-{LAUNCH}-image-{hashlib.sha256(self.image.encode()).hexdigest()[:12]}"
        status, answer = await ask("POST", f"/containers/create?name={name}", wanted)
        if status != 201:
            raise OSError(f"the engine did not create the request: {answer['message']}")
        self.container, self.name = answer["Id"], name

    async def hear(self, events):
        while True:
            try:
                line = await asyncio.wait_for(events.readline(), SILENT_FOR if self.taken else TAKEN_WITHIN)
            except TimeoutError:
                # An engine may report no such event: what is there counts.
                action, name = await self.look()
                if name == self.name:
                    await self.remove()
                    return ABANDONED if self.taken else UNANSWERED
            else:
                if not line:
                    raise OSError("the engine's events ended")
                event = json.loads(line)
                if event["Actor"]["ID"] != self.container:
                    continue
                action, name = event["Action"], event["Actor"]["Attributes"]["name"]
            if action in REMOVED:
                return GONE
            if name.endswith(FAILED):
                return NOT_PREPARED
            self.read(name)

    async def look(self):
        """What an event would tell now."""
        status, found = await ask("GET", f"/containers/{self.container}/json")
        return ("destroy", None) if status == 404 else ("rename", found["Name"].lstrip("/"))

    def read(self, name):
        self.name = name
        if mark := TAKEN.search(name):
            done, of, unit = mark.groups()
            self.taken, self.progress = True, (int(done), int(of), unit) if done else self.progress

    async def remove(self):
        await ask("DELETE", f"/containers/{self.container}?force=1&v=1")


async def is_here(image, language):
    """Whether the engine has the image, and a kernel can start in it. False only if the engine says so."""
    status, found = await ask("GET", f"/images/{quote(image)}/json")
    return status != 404 and not (status == 200 and any_image.is_unknown(found or {}, language))


async def missing(image, kernelspec):
    """The failure of an image that nobody prepares: it may be here, and not ready for kernels."""
    try:
        here = await is_here(image, "")
    except (OSError, ValueError, TimeoutError, asyncio.IncompleteReadError):
        here = False
    return failures.image_not_ready(image, kernelspec) if here else failures.image_missing(image, kernelspec)


async def bring(image, kernelspec, within, log, language=""):
    """Returns when the engine has the image. Fails with what to do if it does not get it within that time (s)."""
    try:
        if await is_here(image, language):
            return
    except (OSError, ValueError, TimeoutError, asyncio.IncompleteReadError) as error:
        # The kernel's start needs the engine as well, and says what is wrong.
        log.warning("The engine did not tell whether it has the image %s: %s", image, error)
        return
    if not LAUNCH:
        raise failures.image_missing(image, kernelspec)
    log.info("The image %s is missing: the window of Orchest is asked for it", image)
    request = Request.of(image, kernelspec)
    await asyncio.wait({request.ended}, timeout=within)
    if not request.ended.done():
        raise failures.image_on_its_way(image, kernelspec, request.seconds(), request.progress)
    outcome = request.ended.result()
    log.info("The request for the image %s ended: %s", image, outcome)
    if outcome == NOT_PREPARED:
        raise failures.image_not_prepared(image, kernelspec)
    if outcome == UNANSWERED or isinstance(outcome, Exception):
        raise await missing(image, kernelspec)
    if not await is_here(image, language):
        raise failures.image_given_up(image, kernelspec)
