// Conway's Game of Life on linear memory, with a class, an array on the heap
// (AssemblyScript's stub runtime, which only allocates) and wrapped edges.
// The host calls reset(width, height, seed), then step(), then reads the cells.

class Field {
  cells: Uint8Array
  next: Uint8Array

  constructor(
    public width: i32,
    public height: i32,
  ) {
    this.cells = new Uint8Array(width * height)
    this.next = new Uint8Array(width * height)
  }

  neighbours(x: i32, y: i32): i32 {
    let count = 0
    for (let dy = -1; dy <= 1; dy++) {
      for (let dx = -1; dx <= 1; dx++) {
        if (dx == 0 && dy == 0) continue
        const column = (x + dx + this.width) % this.width
        const row = (y + dy + this.height) % this.height
        count += this.cells[row * this.width + column]
      }
    }
    return count
  }

  step(): i32 {
    let alive = 0
    for (let y = 0; y < this.height; y++) {
      for (let x = 0; x < this.width; x++) {
        const i = y * this.width + x
        const n = this.neighbours(x, y)
        const lives = n == 3 || (n == 2 && this.cells[i] == 1)
        this.next[i] = u8(lives)
        alive += i32(lives)
      }
    }
    const old = this.cells
    this.cells = this.next
    this.next = old
    return alive
  }
}

let field = new Field(3, 3)

/** Makes a new field; a seed of zero gives a glider, any other a random field. Returns the living. */
export function reset(width: i32, height: i32, seed: u32): i32 {
  field = new Field(width, height)
  let alive = 0
  if (seed == 0) {
    const glider: i32[] = [1, width + 2, 2 * width, 2 * width + 1, 2 * width + 2]
    for (let i = 0; i < glider.length; i++) field.cells[glider[i]] = 1
    return glider.length
  }
  for (let i = 0; i < field.cells.length; i++) {
    seed ^= seed << 13
    seed ^= seed >> 17
    seed ^= seed << 5
    field.cells[i] = u8((seed >> 9) & 1)
    alive += field.cells[i]
  }
  return alive
}

/** Runs generations and returns how many cells live after the last one. */
export function step(generations: i32): i32 {
  let alive = 0
  for (let i = 0; i < generations; i++) alive = field.step()
  return alive
}

/** The address of the cells: width × height bytes, row by row, 0 or 1. */
export function cells(): usize {
  return field.cells.dataStart
}

/** A digest of the field (FNV-1a, 64 bits). */
export function digest(): u64 {
  let hash: u64 = 0xcbf29ce484222325
  for (let i = 0; i < field.cells.length; i++) {
    hash ^= u64(field.cells[i])
    hash *= 0x100000001b3
  }
  return hash
}

/** Everything in one call: the digest of a random field after some generations. */
export function run(width: i32, height: i32, seed: u32, generations: i32): u64 {
  reset(width, height, seed)
  step(generations)
  return digest()
}
