/**
 * Globals (spec §4.2.10). A global is a window on arrays: its instance keeps all its own globals side by side, so that
 * code of that instance reaches them without an object in between, while importers and the host go through this cell.
 */
import type { GlobalType } from '../spec/types.ts'

export class Global {
  readonly type: GlobalType
  /** Scalars: int32 halves at `ints[at]` and `ints[at + 1]` (v128: four). */
  readonly ints: Int32Array
  /** References: `refs[at]`. */
  readonly refs: unknown[]
  readonly at: number

  constructor(type: GlobalType, ints: Int32Array = new Int32Array(4), refs: unknown[] = [null], at = 0) {
    this.type = type
    this.ints = ints
    this.refs = refs
    this.at = at
  }
}
