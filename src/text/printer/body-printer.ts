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
import { BARE, BLOCK as BLOCK_NODE, FOLDED, NONE, NO_HINT, OPEN, Tree } from './tree.ts'
import type { TypeText } from './types.ts'

/** Branch hints of a body: offset of the instruction from the start of the instructions, hint. */
export type Hints = ReadonlyMap<number, number>

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
  private readonly tree: Tree = new Tree()
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
    this.begin(body, typeidx, locals, this.options.folded)
    this.labels = this.ids.labels(funcidx)
    this.hints = hints ?? NO_HINTS
    const r = new InstructionReader(body.bytes, body.start, body.end)
    const { line } = this.out
    if (this.options.folded) {
      this.fold(r)
      this.emit(2)
    } else this.flat(r, 2)
    // The function's own `end`.
    const end = body.end - 1
    if (this.out.line !== line || body.locals.length > 0) this.out.newline(1, end)
    this.out.mark(end - this.start)
    this.out.add(')')
  }

  private begin(expr: Expr, typeidx: number | undefined, locals: Identifiers, folded: boolean): void {
    this.start = expr.start
    this.effects.begin(typeidx, typeidx === undefined ? undefined : (expr as FuncBody))
    this.texts.begin(locals, folded)
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
    this.begin(expr, undefined, NO_IDENTIFIERS, true)
    this.fold(new InstructionReader(expr.bytes, expr.start, expr.end))
    const { tree } = this
    const texts: string[] = []
    for (let node = tree.first; node !== NONE; node = tree.next[node]!) {
      // Blocks are never valid here; as deep as they may be, they are written flat.
      if (tree.kind[node] === BLOCK_NODE) return { text: this.words(expr), single: false }
      texts.push(this.inline(node))
    }
    return { text: texts.join(' '), single: texts.length === 1 && tree.kind[tree.first] === FOLDED && tree.firstKid[tree.first] === NONE }
  }

  /** The same, never folded unless it is one instruction. */
  flatConstant(expr: Expr): { text: string; single: boolean } {
    const folded = this.constant(expr)
    return folded.single ? folded : { text: this.words(expr), single: false }
  }

  private words(expr: Expr): string {
    this.begin(expr, undefined, NO_IDENTIFIERS, false)
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

  private fold(r: InstructionReader): void {
    const { tree, effects, texts } = this
    tree.begin(r.end - r.pos)
    /** Roles of the blocks that are open; those with parts have one open as well. */
    const open: number[] = []
    while (r.next()) {
      const role = roles[r.instruction.id]!
      switch (role) {
        case PLAIN:
          this.plain(r)
          break
        case BLOCK:
        case IF:
        case TRY: {
          const label = this.labels.get(this.blocks++)
          const text = texts.text(r, label)
          const type = effects.blockType(r)
          const params = type?.params.length ?? 0
          const results = type === undefined ? OPEN : type.results.length
          if (role === IF) tree.openIf(text, r.at, params, results, this.hint(r))
          else tree.openBlock(text, r.at, params, results, this.hint(r))
          this.enter(r, label)
          open.push(role)
          if (role !== BLOCK) tree.openPart(role === IF ? '(then' : '(do', NONE)
          break
        }
        case ELSE:
        case CATCH:
          tree.close()
          tree.openPart(texts.text(r, undefined), r.at)
          this.again(r)
          break
        case DELEGATE:
          this.leave()
          open.pop()
          tree.close()
          tree.instruction(texts.text(r, undefined), r.at, 0, 0, NO_HINT)
          tree.close()
          break
        default: {
          const ended = open.pop()
          if (ended === undefined) return
          this.leave()
          if (ended !== BLOCK) tree.close()
          tree.close(r.at)
        }
      }
    }
  }

  private plain(r: InstructionReader): void {
    const { effects, tree } = this
    const text = this.texts.text(r, undefined)
    const known = effects.find(r)
    const comment = this.options.types ? this.stack.step(r, known) : ''
    const takes = effects.params.length + (effects.extra === NOTHING ? 0 : 1)
    const node = known ? tree.instruction(text, r.at, takes, effects.results.length, this.hint(r)) : tree.bare(text, r.at, this.hint(r))
    if (comment !== '') tree.comment.set(node, comment)
  }

  /** Writes the lines of the tree, without recursion over blocks. */
  private emit(indent: number): void {
    const { out, tree } = this
    const open: number[] = []
    let node = tree.first
    for (let steps = indent; ;) {
      if (node !== NONE) {
        if (!this.openNode(node, steps)) node = tree.next[node]!
        else {
          open.push(node)
          steps++
          node = tree.firstKid[node]!
        }
        continue
      }
      const parent = open.pop()
      if (parent === undefined) return
      steps--
      if (tree.kind[parent] === BLOCK_NODE) {
        const end = tree.end[parent]!
        out.newline(steps, end)
        if (end !== NONE) out.mark(end - this.start)
      }
      out.add(')')
      node = tree.next[parent]!
    }
  }

  /** The line on which a node begins; true if its kids follow on lines of their own. */
  private openNode(node: number, steps: number): boolean {
    const { out, options, tree } = this
    const hint = tree.hint[node]!
    const offset = tree.offset[node]!
    const isBlock = tree.kind[node] === BLOCK_NODE
    const hasKids = tree.firstKid[node] !== NONE
    if (hint !== NO_HINT) this.hintLine(hint, steps)
    out.newline(steps, offset)
    if (options.types) out.remark(tree.comment.get(node) ?? '')
    const fits = tree.width[node]! + out.width() <= MAX_WIDTH && !(options.apart && (hasKids || isBlock))
    if (fits || (!hasKids && !isBlock)) {
      this.onOneLine(node)
      return false
    }
    if (offset !== NONE) out.mark(offset - this.start)
    out.add(tree.text[node]!)
    return true
  }

  /** As deep as operands are folded: blocks with contents are wide. */
  private onOneLine(node: number): void {
    const { out, tree } = this
    out.mark(tree.offset[node]! - this.start)
    out.add(tree.text[node]!)
    if (tree.kind[node] === BARE) return
    for (let kid = tree.firstKid[node]!; kid !== NONE; kid = tree.next[kid]!) {
      out.add(' ')
      this.onOneLine(kid)
    }
    const end = tree.end[node]!
    if (end !== NONE) out.mark(end - this.start)
    out.add(')')
  }

  /** The same as a string. */
  private inline(node: number): string {
    const { tree } = this
    let text = tree.text[node]!
    for (let kid = tree.firstKid[node]!; kid !== NONE; kid = tree.next[kid]!) text += ` ${this.inline(kid)}`
    return tree.kind[node] === BARE ? text : `${text})`
  }
}
