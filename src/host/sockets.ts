/**
 * Stream sockets as capabilities: a listener that was granted, and the connections that come in through it. Nothing here
 * waits by itself: operations answer at once with what there is, and `readable`, `writable`, `ready` tell when to ask again,
 * which is what sock_* and poll_oneoff of Preview 1 need and what pollables of Preview 2 are. Implemented by `host/node`.
 */

/** A connection: bytes in both directions. */
export interface Connection {
  /**
   * Up to `max` (at least 1) bytes that have arrived, which are then taken, or left there with `peek`. Undefined when none are there
   * yet; empty when the other side has ended its direction. Fails with `connreset` when the connection broke.
   */
  receive(max: number, peek: boolean): Uint8Array | undefined
  /** Bytes that have arrived and were not taken. */
  available(): number
  /** True when `receive` would answer; else a promise that settles when it would. */
  readable(): true | Promise<void>
  /** Takes bytes (a copy is made); how many, 0 when there is no room now. Fails with `pipe` when nobody receives any more. */
  send(data: Uint8Array): number
  /** True when `send` would take something or fail; else a promise that settles when it would. */
  writable(): true | Promise<void>
  /** Ends one direction or both, as shutdown(2): what was sent still arrives. */
  shutdown(receiving: boolean, sending: boolean): void
  /** Ends both; what was sent still arrives. */
  close(): void
}

/** A place at which connections come in. */
export interface Listener {
  /** For messages: `127.0.0.1:8080`. */
  readonly address: string
  /** A connection that waits to be taken; undefined when there is none. */
  accept(): Connection | undefined
  /** True when `accept` would give one; else a promise that settles when it would. */
  ready(): true | Promise<void>
  close(): void
}
