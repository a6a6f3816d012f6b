/**
 * A register file: slots of 8 bytes for numbers, seen through views of every width, and references at the same slot index
 * in an array beside them. A thread has one, and each continuation that has been suspended.
 */
export class Registers {
  readonly R: Int32Array
  readonly F: Float64Array
  readonly S: Float32Array
  readonly I8: Int8Array
  readonly U8: Uint8Array
  readonly I16: Int16Array
  readonly U16: Uint16Array
  readonly refs: unknown[]

  /** `refs`: those of a smaller file that this one replaces; they are taken over. */
  constructor(slots: number, refs: unknown[] = []) {
    const buffer = new ArrayBuffer(slots * 8)
    this.R = new Int32Array(buffer)
    this.F = new Float64Array(buffer)
    this.S = new Float32Array(buffer)
    this.I8 = new Int8Array(buffer)
    this.U8 = new Uint8Array(buffer)
    this.I16 = new Int16Array(buffer)
    this.U16 = new Uint16Array(buffer)
    this.refs = refs
    for (let i = refs.length; i < slots; i++) refs.push(null)
  }
}
