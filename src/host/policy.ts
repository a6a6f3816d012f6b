/**
 * Limits that are on by default, and the log of what was refused with the words that would grant it.
 * Used by every adapter; the command line prints the log when a guest fails.
 */

/** Resource limits of one guest. */
export interface HostLimits {
  /** Open file descriptors, the three standard ones included. Default 1024. */
  readonly fds: number
  /** Bytes of one guest path or link target. Default 4096. */
  readonly pathLength: number
  /** Entries of one iovec array, and subscriptions of one poll. Default 1024. */
  readonly iovecs: number
  /** Bytes of one random_get. Default 16 MiB. */
  readonly randomBytes: number
  /** Threads that a guest has at once, its first one not counted (wasi-threads). Default 64. */
  readonly threads: number
}

export const defaultLimits: HostLimits = { fds: 1024, pathLength: 4096, iovecs: 1024, randomBytes: 16 * 1024 * 1024, threads: 64 }

/** Default quota of an in-memory file system, in bytes. */
export const DEFAULT_QUOTA: number = 256 * 1024 * 1024

/** One refused request. `toString()` gives the sentence for a person. */
export interface Denied {
  /** What was tried: `open`, `rename`, … */
  readonly operation: string
  /** The guest's path, as far as known. */
  readonly path: string
  readonly reason: string
  /** What would grant it, in words of the command line; empty when nothing can. */
  readonly grant: string
  /** How often it happened. */
  readonly count: number
}

const MOST_ENTRIES = 100

/** Collects refusals; equal ones are counted, and a guest that tries everything cannot fill the host's memory. */
export class DeniedLog {
  private readonly items: Map<string, { operation: string; path: string; reason: string; grant: string; count: number }> = new Map()

  add(operation: string, path: string, reason: string, grant: string): void {
    const key = `${operation}\n${path}\n${reason}`
    const known = this.items.get(key)
    if (known !== undefined) known.count++
    else if (this.items.size < MOST_ENTRIES) this.items.set(key, { operation, path, reason, grant, count: 1 })
  }

  get entries(): readonly Denied[] {
    return [...this.items.values()]
  }
}

/** `denied: open /etc/passwd — no directory covers it; grant it with --dir /etc::/etc,ro` */
export function formatDenied(d: Denied): string {
  return `denied: ${d.operation} ${d.path} — ${d.reason}${d.grant === '' ? '' : `; grant it with ${d.grant}`}`
}
