/** Breakpoints and watchpoints as whoever set them sees them. Made by breakpoints.ts. */
import type { Hits } from './hits.ts'
import type { Place } from './places.ts'
import type { WatchOptions, Watched } from './watch.ts'

export interface BreakOptions {
  /** Stops only if this expression holds. */
  readonly when?: string
  /** Stops from the hit of that number on; or asks whether to stop at the hit of a number. */
  readonly hits?: Hits
  /** Does not stop, but writes this text; expressions in braces, `{result}` is what the function returns. */
  readonly log?: string
  /** Removes itself when it has stopped once. */
  readonly once?: boolean
}

abstract class Point {
  readonly id: number
  enabled = true
  /** How often it was hit, conditions included. */
  hitCount = 0
  /** How often it should have stopped where nothing can stop: in a synchronous call. */
  skipCount = 0
  private readonly onRemove: (point: Point) => void

  constructor(id: number, onRemove: (point: Point) => void) {
    this.id = id
    this.onRemove = onRemove
  }

  remove(): void {
    this.onRemove(this)
  }
}

export class Breakpoint extends Point {
  readonly place: Place
  readonly options: BreakOptions
  /** The instructions where it stands, in every module that has been seen; of a host function, a trap or a throw there are none. */
  readonly places: { readonly funcidx: number; readonly offset: number; readonly name: string | undefined }[] = []
  /** What kept it from standing at some places: a name in its condition that a function does not have, say. */
  readonly problems: string[] = []

  constructor(id: number, place: Place, options: BreakOptions, onRemove: (point: Breakpoint) => void) {
    super(id, onRemove as (point: Point) => void)
    this.place = place
    this.options = options
  }
}

export class Watchpoint extends Point {
  readonly watched: Watched
  readonly on: 'change' | 'write' | 'read' | 'access'
  readonly when: string | undefined
  readonly hits: Hits | undefined
  /** What is watched, in words. */
  readonly text: string

  constructor(
    id: number,
    watched: Watched,
    { on = 'change', when, hits }: WatchOptions,
    text: string,
    onRemove: (point: Watchpoint) => void,
  ) {
    super(id, onRemove as (point: Point) => void)
    this.watched = watched
    this.on = on
    this.when = when
    this.hits = hits
    this.text = text
  }
}
