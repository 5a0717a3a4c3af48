import type { KernelView, Live, LiveKernel } from "../api/types";

/** The usage of one container in the last minute, oldest first. */
export type History = { cpu: readonly number[]; memory: readonly number[]; limit: number };

/** So many seconds are kept. */
const KEPT = 60;

export type Seen = { kernels: readonly LiveKernel[]; uses: ReadonlyMap<string, History> };

/** Adds news to the known figures. Containers that the news does not name are dropped. */
export function seen(before: Seen | null, { kernels, uses }: Live): Seen {
  const add = (values: readonly number[], value: number) => [...values, value].slice(-KEPT);
  return {
    kernels,
    uses: new Map(
      uses.map(({ part, cpu, memory, memory_limit }) => {
        const old = before?.uses.get(part);
        return [part, { cpu: add(old?.cpu ?? [], cpu), memory: add(old?.memory ?? [], memory), limit: memory_limit }];
      }),
    ),
  };
}

export type ShownKernel = KernelView & {
  /** True if it ended, and has no container any more. */
  gone: boolean;
  notebook: string | null;
  state: LiveKernel["state"] | null;
};

/**
 * The kernels of a launch with their figures, then dead kernels, which have no container any more. With `elsewhere`, the
 * kernels run at a place and have no containers here: they are those that the server reports.
 */
export function shown(kernels: readonly KernelView[], live: Seen | null, elsewhere = false): ShownKernel[] {
  if (elsewhere) {
    const all = live?.kernels.map((kernel) => ({ ...kernel, gone: kernel.state === "dead", started_at: null })) ?? [];
    return all.toSorted((a, b) => Number(a.gone) - Number(b.gone));
  }
  const byId = new Map(live?.kernels.map((kernel) => [kernel.id, kernel]));
  const run = kernels.map((kernel) => {
    const known = byId.get(kernel.id);
    return { ...kernel, gone: false, notebook: known?.notebook ?? null, state: known?.state ?? null };
  });
  const running = new Set(kernels.map(({ id }) => id));
  const dead = live?.kernels.filter(({ id, state }) => state === "dead" && !running.has(id)) ?? [];
  return [...run, ...dead.map((kernel) => ({ ...kernel, gone: true, started_at: null }))];
}
