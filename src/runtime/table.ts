/** Tables (spec §4.2.8): the elements are references, null for an empty place. */
import type { TableType } from '../spec/types.ts'

export class Table {
  readonly type: TableType
  readonly elements: unknown[]
  /** Upper limit in elements: the declared maximum or the embedder's, whichever is lower. */
  readonly max: number

  constructor(type: TableType, max: number, init: unknown = null) {
    this.type = type
    this.max = Math.min(max, type.limits.max ?? Infinity)
    this.elements = []
    this.extend(type.limits.min, init)
  }

  /** table.grow (spec §4.6.7): the old size, or -1 when the limit refuses. */
  grow(delta: number, init: unknown): number {
    const old = this.elements.length
    if (old + delta > this.max) return -1
    this.extend(delta, init)
    return old
  }

  private extend(count: number, init: unknown): void {
    for (let i = 0; i < count; i++) this.elements.push(init)
  }
}
