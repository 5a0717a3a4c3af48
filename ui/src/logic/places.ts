import type { EngineState, NewPlace, PlaceKernelspec, PlaceState, PlaceView, Snapshot } from "../api/types";
import { t } from "../strings";
import type { Mark } from "./phase";

/** The place with this name; null for this machine and for a place that was removed. */
export function placeOf(snapshot: Snapshot | null, name: string | null | undefined): PlaceView | null {
  return snapshot?.places.find((place) => place.name === name) ?? null;
}

/** The kernelspecs that a place offers; none while they are not known. */
export function offered(place: PlaceView | null): readonly PlaceKernelspec[] {
  return place?.state.state === "ready" ? place.state.kernelspecs : [];
}

/** The mark of what is known of a place, as an engine has one. */
export function stateMark({ state }: PlaceState): EngineState["state"] | Mark {
  return ({ unknown: "stopped", asking: "looking", ready: "ready", failed: "unavailable" } as const)[state];
}

/** What is known of a place, in a few words. */
export function briefly(state: PlaceState): string {
  return state.state === "ready" ? t.places.kernelspecs(state.kernelspecs.length) : t.places.state[state.state];
}

/** What the person typed about a new place. */
export type Typed = { name: string; address: string; token: string; user: string; shared: string };

/** It has what a place needs. */
export function isComplete({ name, address }: Typed): boolean {
  return name.trim() !== "" && address.trim() !== "";
}

/** The place that the person typed. Core judges it. */
export function newPlace({ name, address, token, user, shared }: Typed): NewPlace {
  return {
    name: name.trim(),
    gateway: address.trim(),
    token: token.trim() || null,
    user: user.trim() || null,
    shared: shared
      .split("\n")
      .map((line) => line.trim())
      .filter(Boolean),
  };
}
