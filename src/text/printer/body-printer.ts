/**
 * Function bodies and constant expressions as text (spec §6.5), flat or folded. Folding follows the operand counts of
 * `Effects`: an instruction takes the expressions before it as its operands where they give exactly what it takes; where
 * they do not, it stays as it stands, without parentheses, so that the order of the binary is never changed. Blocks and
 * operands may nest as deep as they like: nothing here recurses over blocks, and folding stops at a depth. Called by the printer.
 */
import { InstructionReader } from '../../decoder/instruction-reader.ts'
import type { Expr, FuncBody, Module } from '../../module/module.ts'
import type { NameMap } from '../../module/names.ts'
import { instructions } from '../../spec/instructions.ts'
import { Effects, NOTHING } from './effects.ts'
import { Identifiers, type ModuleIdentifiers } from './identifiers.ts'
import { InstructionText } from './instruction-text.ts'
import type { Output } from './output.ts'
import { StackTypes } from './stack-types.ts'
import type { TypeText } from './types.ts'

/** Branch hints of a body: offset of the instruction from the start of the instructions, hint. */
export type Hints = ReadonlyMap<number, number>

/** An expression with its operands, or a block with its instructions. */
interface Node {
  readonly text: string
  kids: Node[]
  /** In the bytes of the expression; -1: not an instruction (`then`, `do`). */
  readonly offset: number
  /** Of the `end` of a block. */
  end: number
  /** A block, or a part of one: its closing parenthesis has a line of its own. */
  readonly block: boolean
  /** Without parentheses: its operands stand before it, not in it. */
  bare: boolean
  /** Values that it gives; OPEN: it takes something from before it, so nobody may take it as an operand. */
  results: number
  /** Columns on one line; Infinity if it needs several. */
  width: number
  /** Operands of operands. */
  height: number
  readonly hint: number
  readonly comment: string
}
const OPEN = -1
const NO_HINT = -1
const NO_KIDS: Node[] = []
/** Operands are folded this deep, then written flat. */
const MAX_HEIGHT = 32
/** An expression goes on one line up to this column. */
const MAX_WIDTH = 100

/** What an instruction means for nesting. */
const PLAIN = 0
const BLOCK = 1
const IF = 2
const TRY = 3
const ELSE = 4
const CATCH = 5
const DELEGATE = 6
const END = 7
const roleOf: Record<string, number> = {
  block: BLOCK,
  loop: BLOCK,
  try_table: BLOCK,
  if: IF,
  try: TRY,
  else: ELSE,
  catch: CATCH,
  catch_all: CATCH,
  delegate: DELEGATE,
  end: END,
}
const roles: Uint8Array = Uint8Array.from(instructions, (row) => roleOf[row.name] ?? PLAIN)

const NO_IDENTIFIERS = new Identifiers(new Map())
const NO_LABELS: NameMap = new Map()
const NO_HINTS: Hints = new Map()

export interface BodyOptions {
  readonly folded: boolean
  /** Each instruction has a line of its own, for an offset or a comment. */
  readonly apart: boolean
  readonly types: boolean
}

export class BodyPrinter {
  private readonly out: Output
  private readonly options: BodyOptions
  private readonly effects: Effects
  private readonly texts: InstructionText
  private readonly stack: StackTypes
  private readonly ids: ModuleIdentifiers
  private labels: NameMap = NO_LABELS
  private hints: Hints = NO_HINTS
  private blocks = 0
  private start = 0

  constructor(module: Module, ids: ModuleIdentifiers, types: TypeText, out: Output, options: BodyOptions) {
    this.out = out
    this.options = options
    this.ids = ids
    this.effects = new Effects(module)
    this.texts = new InstructionText(ids, types, NO_IDENTIFIERS)
    this.stack = new StackTypes(this.effects, types)
  }

  /** The lines of a function's instructions, and the `)` that closes it, on a line of its own if there were any. */
  body(body: FuncBody, funcidx: number, typeidx: number, locals: Identifiers, hints: Hints | undefined): void {
    this.begin(body, typeidx, locals)
    this.labels = this.ids.labels(funcidx)
    this.hints = hints ?? NO_HINTS
    const r = new InstructionReader(body.bytes, body.start, body.end)
    const { line } = this.out
    if (this.options.folded) this.emit(this.fold(r), 2)
    else this.flat(r, 2)
    // The function's own `end`.
    const end = body.end - 1
    if (this.out.line !== line || body.locals.length > 0) this.out.newline(1, end)
    this.out.mark(end - this.start)
    this.out.add(')')
  }

  private begin(expr: Expr, typeidx: number | undefined, locals: Identifiers): void {
    this.start = expr.start
    this.effects.begin(typeidx, typeidx === undefined ? undefined : (expr as FuncBody))
    this.texts.begin(locals)
    this.stack.begin()
    this.blocks = 0
    this.labels = NO_LABELS
    this.hints = NO_HINTS
  }

  /**
   * A constant expression on one line, and whether it is a single instruction without operands. Such a one stands without the
   * keyword `offset` or `item`; the grammar would allow any folded instruction there, but not every parser does.
   */
  constant(expr: Expr): { text: string; single: boolean } {
    this.begin(expr, undefined, NO_IDENTIFIERS)
    const nodes = this.fold(new InstructionReader(expr.bytes, expr.start, expr.end))
    // Blocks are never valid here; as deep as they may be, they are written flat.
    if (nodes.some((node) => node.block)) return { text: this.words(expr), single: false }
    return { text: nodes.map(inline).join(' '), single: nodes.length === 1 && !nodes[0]!.bare && nodes[0]!.kids.length === 0 }
  }

  /** The same, never folded unless it is one instruction. */
  flatConstant(expr: Expr): { text: string; single: boolean } {
    const folded = this.constant(expr)
    return folded.single ? folded : { text: this.words(expr), single: false }
  }

  private words(expr: Expr): string {
    this.begin(expr, undefined, NO_IDENTIFIERS)
    const r = new InstructionReader(expr.bytes, expr.start, expr.end)
    const words: string[] = []
    for (let depth = 0; r.next();) {
      const role = roles[r.instruction.id]!
      if (role === END && depth-- === 0) break
      if (role === END || role === DELEGATE) this.leave()
      if (role === DELEGATE) depth--
      words.push(this.texts.text(r, undefined))
      if (role >= BLOCK && role <= TRY) {
        depth++
        this.enter(r, undefined)
      }
    }
    return words.join(' ')
  }

  private enter(r: InstructionReader, label: string | undefined): void {
    this.texts.enter(label)
    this.effects.enter(r)
    if (this.options.types) this.stack.enter(r)
  }

  private leave(): void {
    this.texts.leave()
    this.effects.leave()
    if (this.options.types) this.stack.leave()
  }

  /** What lies on the stack at `else`, `catch` and `catch_all`. */
  private again(r: InstructionReader): void {
    if (!this.options.types) return
    const { name } = r.instruction
    this.stack.again(name === 'catch' ? (this.effects.tag(r.index)?.params ?? []) : name === 'else' ? undefined : [])
  }

  private hint(r: InstructionReader): number {
    return this.hints.size === 0 ? NO_HINT : (this.hints.get(r.at - this.start) ?? NO_HINT)
  }

  // Flat

  private flat(r: InstructionReader, indent: number): void {
    const { out, texts } = this
    let steps = indent
    while (r.next()) {
      const role = roles[r.instruction.id]!
      let comment = ''
      let label: string | undefined
      switch (role) {
        case PLAIN: {
          if (!this.options.types) break
          const known = this.effects.find(r)
          comment = this.stack.step(r, known)
          break
        }
        case BLOCK:
        case IF:
        case TRY:
          label = this.labels.get(this.blocks++)
          break
        case END:
          if (steps === indent) return
          this.leave()
          steps--
          break
        case DELEGATE:
          this.leave()
          steps--
          break
        default:
          this.again(r)
      }
      const text = texts.text(r, label)
      const at = role === ELSE || role === CATCH ? steps - 1 : steps
      const hint = this.hint(r)
      if (hint !== NO_HINT) this.hintLine(hint, at)
      out.newline(at, r.at)
      out.mark(r.at - this.start)
      out.add(text)
      if (comment !== '') out.remark(comment)
      if (role >= BLOCK && role <= TRY) {
        this.enter(r, label)
        steps++
      }
    }
  }

  private hintLine(hint: number, steps: number): void {
    this.out.newline(steps)
    this.out.add(`(@metadata.code.branch_hint "\\0${hint}")`)
  }

  // Folded: first the tree of a body, then its lines

  private fold(r: InstructionReader): Node[] {
    const top: Node[] = []
    /** The lists that are open: after each block's own list that of its part, if it has parts. */
    const open: { readonly list: Node[]; readonly block: Node }[] = []
    let list = top
    while (r.next()) {
      const role = roles[r.instruction.id]!
      switch (role) {
        case PLAIN:
          list.push(this.plain(r, list))
          break
        case BLOCK:
        case IF:
        case TRY: {
          const block = this.block(r, role, list)
          open.push({ list, block })
          list.push(block)
          list = role === BLOCK ? block.kids : this.part(block, role === IF ? 'then' : 'do', -1)
          break
        }
        case ELSE:
        case CATCH: {
          const { block } = open[open.length - 1]!
          list = this.part(block, this.texts.text(r, undefined), r.at)
          this.again(r)
          break
        }
        case DELEGATE: {
          this.leave()
          const { list: outer, block } = open.pop()!
          block.kids.push(this.node(this.texts.text(r, undefined), r.at, NO_KIDS, 0, NO_HINT, ''))
          block.width = Infinity
          list = outer
          break
        }
        default: {
          const frame = open.pop()
          if (frame === undefined) return top
          this.leave()
          frame.block.end = r.at
          if (frame.block.kids.length > 0) frame.block.width = Infinity
          list = frame.list
        }
      }
    }
    return top
  }

  private node(text: string, offset: number, kids: Node[], results: number, hint: number, comment: string): Node {
    let width = text.length + 2
    let height = 0
    for (let i = 0; i < kids.length; i++) {
      const kid = kids[i]!
      width += kid.width + 1
      if (kid.height >= height) height = kid.height + 1
    }
    if (hint !== NO_HINT) width = Infinity
    return { text, kids, offset, end: -1, block: false, bare: false, results, width, height, hint, comment }
  }

  private plain(r: InstructionReader, list: Node[]): Node {
    const { effects } = this
    const text = this.texts.text(r, undefined)
    const known = effects.find(r)
    const comment = this.options.types ? this.stack.step(r, known) : ''
    const takes = effects.params.length + (effects.extra === NOTHING ? 0 : 1)
    const kids = known ? operands(list, takes) : undefined
    const node = this.node(text, r.at, kids ?? NO_KIDS, kids === undefined ? OPEN : effects.results.length, this.hint(r), comment)
    node.bare = kids === undefined
    return node
  }

  private block(r: InstructionReader, role: number, list: Node[]): Node {
    const label = this.labels.get(this.blocks++)
    const text = this.texts.text(r, label)
    const type = this.effects.blockType(r)
    const params = type?.params.length ?? 0
    let kids: Node[] | undefined
    // Only `if` has its operands inside; its parameters with the condition, or else the condition alone.
    if (role === IF) kids = operands(list, params + 1)
    const whole = role === IF ? kids !== undefined : params === 0
    if (role === IF) kids ??= operands(list, 1)
    const { results, hint } = { results: whole && type !== undefined ? type.results.length : OPEN, hint: this.hint(r) }
    const node: Node = {
      text,
      kids: kids ?? [],
      offset: r.at,
      end: -1,
      block: true,
      bare: false,
      results,
      width: hint === NO_HINT ? text.length + 2 : Infinity,
      height: 0,
      hint,
      comment: '',
    }
    this.enter(r, label)
    return node
  }

  /** `(then …)`, `(catch $t …)`: its list of instructions. */
  private part(block: Node, text: string, offset: number): Node[] {
    const kids: Node[] = []
    block.kids.push({
      text,
      kids,
      offset,
      end: -1,
      block: true,
      bare: false,
      results: 0,
      width: Infinity,
      height: 0,
      hint: NO_HINT,
      comment: '',
    })
    return kids
  }

  /** Writes the lines of a tree, without recursion over blocks. */
  private emit(nodes: readonly Node[], indent: number): void {
    const { out } = this
    const open: { readonly node: Node | undefined; readonly kids: readonly Node[]; next: number; readonly steps: number }[] = [
      { node: undefined, kids: nodes, next: 0, steps: indent },
    ]
    while (open.length > 0) {
      const top = open[open.length - 1]!
      if (top.next < top.kids.length) {
        const kid = top.kids[top.next++]!
        if (this.openNode(kid, top.steps)) open.push({ node: kid, kids: kid.kids, next: 0, steps: top.steps + 1 })
        continue
      }
      open.pop()
      const { node } = top
      if (node === undefined) continue
      if (node.block) {
        out.newline(top.steps - 1, node.end)
        if (node.end >= 0) out.mark(node.end - this.start)
      }
      out.add(')')
    }
  }

  /** The line on which a node begins; true if its kids follow on lines of their own. */
  private openNode(node: Node, steps: number): boolean {
    const { out, options } = this
    if (node.hint !== NO_HINT) this.hintLine(node.hint, steps)
    out.newline(steps, node.offset)
    if (node.comment !== '') out.remark(node.comment)
    const fits = node.width + out.width() <= MAX_WIDTH && !(options.apart && (node.kids.length > 0 || node.block))
    if (fits || (node.kids.length === 0 && !node.block)) {
      this.onOneLine(node)
      return false
    }
    if (node.offset >= 0) out.mark(node.offset - this.start)
    out.add('(')
    out.add(node.text)
    return true
  }

  /** At most MAX_HEIGHT deep: blocks with contents are infinitely wide. */
  private onOneLine(node: Node): void {
    const { out } = this
    out.mark(node.offset - this.start)
    if (node.bare) {
      out.add(node.text)
      return
    }
    out.add('(')
    out.add(node.text)
    const { kids } = node
    for (let i = 0; i < kids.length; i++) {
      out.add(' ')
      this.onOneLine(kids[i]!)
    }
    if (node.end >= 0) out.mark(node.end - this.start)
    out.add(')')
  }
}

/** Takes the expressions from the end of a list that give exactly `count` values; undefined if there are none such. */
function operands(list: Node[], count: number): Node[] | undefined {
  if (count === 0) return NO_KIDS
  let first = list.length
  for (let values = 0; values < count;) {
    if (first === 0) return undefined
    const { results, height } = list[--first]!
    if (results <= 0 || height >= MAX_HEIGHT) return undefined
    values += results
    if (values > count) return undefined
  }
  return list.splice(first, list.length - first)
}

function inline(node: Node): string {
  if (node.bare) return node.text
  const { kids } = node
  let text = `(${node.text}`
  for (let i = 0; i < kids.length; i++) text += ` ${inline(kids[i]!)}`
  return `${text})`
}
