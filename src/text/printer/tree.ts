/**
 * The expressions of a body as a tree: what is inside what when it is printed folded. Nodes are numbers, and everything
 * that is known of them lies in parallel arrays, which are used again for the next body: a module has millions of nodes,
 * and an object with a list of kids for each kept the garbage collector busy. Used by the body printer.
 *
 * Siblings are linked both ways. While a body is read, each list grows at its tail, from which an instruction takes its
 * operands; they become its kids as they are linked.
 */

/** No node. */
export const NONE = -1
/** `results` of a node that takes something from before it, so that nobody may take it as an operand. */
export const OPEN = -1
/** `width` of what needs several lines. */
export const WIDE: number = 1 << 29
export const NO_HINT = -1

/** `kind` of a node. An expression with its operands inside: `(i32.add …)`. */
export const FOLDED = 0
/** An instruction without parentheses: its operands stand before it, not in it. */
export const BARE = 1
/** A block, or a part of one (`then`, `catch`): its closing parenthesis has a line of its own. */
export const BLOCK = 2

const ROOT = 0
/** Operands are folded this deep, then written flat. */
const MAX_HEIGHT = 32

export class Tree {
  /** With the parenthesis in front, unless it is bare. */
  text: string[] = []
  /** What stands behind the line of a node, where comments are wanted. */
  readonly comment: Map<number, string> = new Map()
  kind: Uint8Array = new Uint8Array(0)
  hint: Int8Array = new Int8Array(0)
  /** In the bytes of the expression; NONE: not an instruction (`then`, `do`). */
  offset: Int32Array = new Int32Array(0)
  /** Of the `end` of a block. */
  end: Int32Array = new Int32Array(0)
  /** Values that it gives, or OPEN. */
  results: Int32Array = new Int32Array(0)
  /** Columns on one line, or WIDE. */
  width: Int32Array = new Int32Array(0)
  /** Operands of operands. */
  private height: Int32Array = new Int32Array(0)
  firstKid: Int32Array = new Int32Array(0)
  next: Int32Array = new Int32Array(0)
  private previous: Int32Array = new Int32Array(0)
  private count = 0
  /** The list that is being read: whose kids it holds, and its last node. */
  private parent = ROOT
  private tail = NONE
  /** The lists outside of it: parent and tail, and so on. */
  private readonly outer: number[] = []

  /** Empties the tree, for at most `bytes` bytes of instructions. */
  begin(bytes: number): void {
    // Each instruction is a node and perhaps a part, and has a byte at least.
    const most = 2 * bytes + 1
    if (this.next.length < most) this.grow(most)
    this.count = 0
    this.comment.clear()
    this.outer.length = 0
    this.tail = NONE
    this.parent = this.create(BLOCK, '', NONE, OPEN, NO_HINT)
  }

  private grow(most: number): void {
    const size = Math.max(most, 2 * this.next.length)
    this.kind = new Uint8Array(size)
    this.hint = new Int8Array(size)
    this.offset = new Int32Array(size)
    this.end = new Int32Array(size)
    this.results = new Int32Array(size)
    this.width = new Int32Array(size)
    this.height = new Int32Array(size)
    this.firstKid = new Int32Array(size)
    this.next = new Int32Array(size)
    this.previous = new Int32Array(size)
  }

  private create(kind: number, text: string, offset: number, results: number, hint: number): number {
    const node = this.count++
    this.kind[node] = kind
    this.text[node] = text
    this.offset[node] = offset
    this.results[node] = results
    this.hint[node] = hint
    this.end[node] = NONE
    this.height[node] = 0
    this.width[node] = hint === NO_HINT ? text.length + 1 : WIDE
    this.firstKid[node] = NONE
    this.next[node] = NONE
    return node
  }

  private append(node: number): number {
    const { tail } = this
    this.previous[node] = tail
    if (tail === NONE) this.firstKid[this.parent] = node
    else this.next[tail] = node
    this.tail = node
    return node
  }

  /** The first of the nodes at the tail that give exactly `values` values; NONE if there are none such, or for no values. */
  private operands(values: number): number {
    let first = NONE
    let node = this.tail
    for (let left = values; left > 0; node = this.previous[node]!) {
      if (node === NONE) return NONE
      const results = this.results[node]!
      if (results <= 0 || results > left || this.height[node]! >= MAX_HEIGHT) return NONE
      left -= results
      first = node
    }
    return first
  }

  /** The nodes from `first` to the tail become the kids of `node`. */
  private take(node: number, first: number): void {
    if (first === NONE) return
    this.firstKid[node] = first
    this.tail = this.previous[first]!
  }

  /** An instruction with its operands, if the nodes before it are such; otherwise it stands bare behind them. */
  instruction(text: string, offset: number, takes: number, results: number, hint: number): number {
    const first = this.operands(takes)
    if (takes > 0 && first === NONE) return this.bare(text, offset, hint)
    const node = this.create(FOLDED, text, offset, results, hint)
    this.take(node, first)
    let width = this.width[node]!
    let height = 0
    for (let kid = first; kid !== NONE; kid = this.next[kid]!) {
      width += this.width[kid]! + 1
      if (this.height[kid]! >= height) height = this.height[kid]! + 1
    }
    this.width[node] = width < WIDE ? width : WIDE
    this.height[node] = height
    return this.append(node)
  }

  /** An instruction without parentheses: its operands are not known, or not such. */
  bare(text: string, offset: number, hint: number): number {
    return this.append(this.create(BARE, text.slice(1), offset, OPEN, hint))
  }

  /** A block that takes `params` values: what follows goes into it. */
  openBlock(text: string, offset: number, params: number, results: number, hint: number): void {
    const node = this.create(BLOCK, text, offset, params === 0 ? results : OPEN, hint)
    this.enter(this.append(node), NONE)
  }

  /** An `if`, with its condition inside. It takes its parameters with the condition, or else the condition alone. */
  openIf(text: string, offset: number, params: number, results: number, hint: number): void {
    const all = this.operands(params + 1)
    const first = all === NONE ? this.operands(1) : all
    const node = this.create(BLOCK, text, offset, all === NONE ? OPEN : results, hint)
    const last = first === NONE ? NONE : this.tail
    this.take(node, first)
    this.enter(this.append(node), last)
  }

  /** `(then …)`, `(catch $t …)`: what follows goes into it, until the next part or the end of the block. */
  openPart(text: string, offset: number): void {
    const node = this.append(this.create(BLOCK, text, offset, 0, NO_HINT))
    this.width[node] = WIDE
    this.enter(node, NONE)
  }

  /** The list of the kids of `node` is read next; its last one so far is `tail`. */
  private enter(node: number, tail: number): void {
    this.outer.push(this.parent, this.tail)
    this.parent = node
    this.tail = tail
  }

  /** The block or part that is open ends, a block perhaps with its `end` at an offset. */
  close(end: number = NONE): void {
    const node = this.parent
    this.end[node] = end
    if (this.firstKid[node] !== NONE) this.width[node] = WIDE
    this.tail = this.outer.pop()!
    this.parent = this.outer.pop()!
  }

  /** The first expression of the body. */
  get first(): number {
    return this.firstKid[ROOT]!
  }
}
