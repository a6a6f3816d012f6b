/**
 * Instruction sequences of the text format (spec §6.5): flat and folded, translated to the binary format as they are read.
 * Nesting lives in `frames`, a stack of our own: 100,000 parentheses or blocks deep is no matter. A folded instruction is
 * written when its list closes; until then its frame keeps its bytes. Base of the module parser.
 */
import { type Instruction, byName, byOpcode } from '../spec/instructions.ts'
import { ImmediateParser } from './immediate-parser.ts'
import { EOF, LPAR, RPAR, WORD } from './lexer.ts'
import { placeOf } from './source.ts'
import { LabelScope } from './spaces.ts'

const BLOCK = 0x02
const LOOP = 0x03
const IF = 0x04
const ELSE = 0x05
const TRY = 0x06
const CATCH = 0x07
const END = 0x0b
const BR_IF = 0x0d
const DELEGATE = 0x18
const CATCH_ALL = 0x19
const TRY_TABLE = 0x1f

/** Kinds of frames. */
/** `(i32.add …`: operands may follow, then the instruction itself. */
const OPERANDS = 0
/** `block … end`. */
const FLAT = 1
/** `(block …`. */
const FOLDED = 2
/** `(if …`: conditions, then `(then …)` and perhaps `(else …)`. */
const FOLDED_IF = 3
/** `(try … (do …) (catch …)…`. */
const FOLDED_TRY = 4

/** Where a folded `if` or `try` stands. */
const BEFORE = 0
const INSIDE = 1
const BETWEEN = 2
const LAST_INSIDE = 3
const DONE = 4
const DELEGATED = 5

interface Frame {
  readonly kind: number
  readonly opcode: number
  /** Where it begins in the source. */
  readonly at: number
  readonly label: string | undefined
  /** OPERANDS, FOLDED_IF: what is written when the operands are. */
  readonly bytes: Uint8Array | undefined
  readonly hint: number
  /** FLAT `if`: `else` was seen; FLAT `try`: `catch_all` was. Folded: BEFORE … DELEGATED. */
  state: number
  /** FOLDED_TRY: there was a `catch`. */
  handled?: boolean
}

const NO_HINT = -1

export class BodyParser extends ImmediateParser {
  private frames: Frame[] = []
  /** Names of the labels of the body, by the order of their blocks in the binary. */
  protected labelNames: [number, string][] = []
  private blocks = 0
  /** Where instructions stand, if somebody wants to know: offset in `writer`, offset in the source, and so on. */
  protected positions: number[] | undefined = undefined
  /** Branch hints of the body: offset of the instruction in `writer`, hint. */
  protected hints: [number, number][] = []

  /** Prepares for a body or a constant expression. The body itself is a label without a name. */
  protected beginBody(): void {
    this.labels = new LabelScope()
    this.labels.enter(undefined)
    this.frames = []
    this.labelNames = []
    this.hints = []
    this.blocks = 0
    if (this.positions !== undefined) this.positions = []
  }

  /** Reads instructions up to the `)` that closes the surrounding list, which is left; or one folded instruction. */
  protected instructions(single = false): void {
    const { frames } = this
    for (;;) {
      const top = frames.length === 0 ? undefined : frames[frames.length - 1]!
      if (this.kind === WORD) {
        if (single && top === undefined) this.unexpected('an instruction in parentheses')
        if (!takesFlat(top)) this.unexpected(betweenOperands(top!))
        this.flat(top)
      } else if (this.kind === LPAR) {
        this.folded(top)
      } else if (this.kind === RPAR) {
        if (top === undefined) {
          if (single) this.unexpected('an instruction in parentheses')
          return
        }
        this.closeFrame(top)
      } else if (this.kind === EOF && top !== undefined) this.fail('unexpected token: end of text inside a list or block', top.at)
      else this.unexpected('an instruction')
      if (single && frames.length === 0) return
    }
  }

  private flat(top: Frame | undefined): void {
    const at = this.start
    const row = byName.get(this.word())
    if (row === undefined) this.unexpected('an instruction')
    const hint = this.takeHint()
    switch (row.opcode) {
      case BLOCK:
      case LOOP:
      case IF:
      case TRY:
      case TRY_TABLE: {
        this.advance()
        const label = this.blockHead(row)
        this.noteHint(hint)
        this.mark(at)
        this.writer.write(row, this.operands)
        this.labels.enter(label)
        this.blockOpened(label)
        this.push({ kind: FLAT, opcode: row.opcode, at, label, bytes: undefined, hint: NO_HINT, state: BEFORE })
        return
      }
      case ELSE:
        if (top?.kind !== FLAT || top.opcode !== IF || top.state !== BEFORE) this.misplaced('no if is open here')
        top.state = INSIDE
        this.advance()
        this.matchLabel(top)
        this.mark(at)
        this.writer.byte(ELSE)
        return
      case END:
        if (top?.kind !== FLAT) this.misplaced('no block is open here')
        this.advance()
        this.matchLabel(top)
        this.mark(at)
        this.writer.byte(END)
        this.labels.leave()
        this.frames.pop()
        return
      case CATCH:
      case CATCH_ALL:
        if (top?.kind !== FLAT || top.opcode !== TRY || top.state !== BEFORE) this.misplaced('no try is open here')
        if (row.opcode === CATCH_ALL) top.state = INSIDE
        this.advance()
        this.immediates(row)
        this.mark(at)
        this.writer.write(row, this.operands)
        return
      case DELEGATE:
        if (top?.kind !== FLAT || top.opcode !== TRY || top.state !== BEFORE) this.misplaced('no try is open here')
        this.advance()
        this.mark(at)
        this.delegate()
        this.frames.pop()
        return
      default:
        this.advance()
        this.plain(row, hint, at)
    }
  }

  private plain(row: Instruction, hint: number, at: number): void {
    const meant = this.immediates(row)
    if (row.opcode === BR_IF) this.noteHint(hint)
    this.mark(at)
    this.writer.write(meant, this.operands)
  }

  /** The label of `delegate` counts from outside its `try`, which it ends. */
  private delegate(): void {
    this.labels.leave()
    this.operands.index = this.label()
    this.writer.write(byOpcode(DELEGATE)!, this.operands)
  }

  /** The current token does not belong here, and why. */
  private misplaced(why: string): never {
    this.fail(`unexpected token ${this.word()}: ${why}`)
  }

  private folded(top: Frame | undefined): void {
    const at = this.start
    if (this.kind2 !== WORD) {
      this.advance()
      this.unexpected('an instruction')
    }
    const word = this.listWord()
    if (top !== undefined && (top.kind === FOLDED_IF || top.kind === FOLDED_TRY) && this.part(top, word)) return
    if (!takesFolded(top)) {
      this.advance()
      this.unexpected(betweenOperands(top!))
    }
    const hint = this.takeHint()
    this.advance()
    const row = byName.get(word)
    if (row === undefined) this.unexpected('an instruction')
    switch (row.opcode) {
      case ELSE:
      case END:
      case CATCH:
      case CATCH_ALL:
      case DELEGATE:
        return this.unexpected()
    }
    this.advance()
    switch (row.opcode) {
      case BLOCK:
      case LOOP:
      case TRY_TABLE:
      case TRY: {
        const label = this.blockHead(row)
        this.mark(at)
        this.writer.write(row, this.operands)
        this.labels.enter(label)
        this.blockOpened(label)
        this.push({
          kind: row.opcode === TRY ? FOLDED_TRY : FOLDED,
          opcode: row.opcode,
          at,
          label,
          bytes: undefined,
          hint: NO_HINT,
          state: BEFORE,
        })
        return
      }
      case IF: {
        // The conditions come first in the binary; the label begins to count at `then`.
        const label = this.blockHead(row)
        const start = this.writer.length
        this.writer.write(row, this.operands)
        this.push({ kind: FOLDED_IF, opcode: IF, at, label, bytes: this.writer.cut(start), hint, state: BEFORE })
        return
      }
      default: {
        const start = this.writer.length
        const meant = this.immediates(row)
        this.writer.write(meant, this.operands)
        if (this.kind === RPAR) {
          if (row.opcode === BR_IF && hint !== NO_HINT) this.hints.push([start, hint])
          this.positions?.push(start, at)
          this.advance()
        } else this.push({ kind: OPERANDS, opcode: row.opcode, at, label: undefined, bytes: this.writer.cut(start), hint, state: BEFORE })
      }
    }
  }

  /** `(then`, `(else`, `(do`, `(catch`, `(catch_all`, `(delegate` of a folded `if` or `try`. False if it is something else. */
  private part(top: Frame, word: string): boolean {
    if (top.kind === FOLDED_IF) {
      if (word === 'then' && top.state === BEFORE) {
        this.noteHint(top.hint)
        this.mark(top.at)
        this.writer.raw(top.bytes!)
        this.blockOpened(top.label)
        top.state = INSIDE
      } else if (word === 'else' && top.state === BETWEEN) {
        this.mark(this.start)
        this.writer.byte(ELSE)
        top.state = LAST_INSIDE
      } else return false
      this.labels.enter(top.label)
      this.advance()
      this.advance()
      return true
    }
    if (word === 'do' && top.state === BEFORE) {
      this.advance()
      this.advance()
      top.state = INSIDE
      return true
    }
    if (top.state !== BETWEEN) return false
    switch (word) {
      case 'catch':
      case 'catch_all': {
        this.mark(this.start)
        this.advance()
        this.advance()
        const row = byName.get(word)!
        this.immediates(row)
        this.writer.write(row, this.operands)
        top.state = word === 'catch' ? INSIDE : LAST_INSIDE
        top.handled = true
        return true
      }
      case 'delegate':
        // Only directly after `do`: a `try` with handlers has no `delegate`.
        if (top.handled === true) return false
        this.mark(this.start)
        this.advance()
        this.advance()
        this.delegate()
        this.close()
        top.state = DELEGATED
        return true
    }
    return false
  }

  private closeFrame(top: Frame): void {
    switch (top.kind) {
      case OPERANDS:
        if (top.opcode === BR_IF) this.noteHint(top.hint)
        this.mark(top.at)
        this.writer.raw(top.bytes!)
        break
      case FOLDED:
        this.mark(this.start)
        this.writer.byte(END)
        this.labels.leave()
        break
      case FOLDED_IF:
        if (top.state === INSIDE || top.state === LAST_INSIDE) {
          this.labels.leave()
          top.state = top.state === INSIDE ? BETWEEN : DONE
          this.advance()
          return
        }
        if (top.state === BEFORE) this.unexpected('(then')
        this.mark(this.start)
        this.writer.byte(END)
        break
      case FOLDED_TRY:
        if (top.state === INSIDE || top.state === LAST_INSIDE) {
          top.state = top.state === INSIDE ? BETWEEN : DONE
          this.advance()
          return
        }
        if (top.state === BEFORE) this.unexpected('(do')
        // A `try` that delegates has ended already.
        if (top.state !== DELEGATED) {
          this.mark(this.start)
          this.writer.byte(END)
          this.labels.leave()
        }
        break
      default: {
        const { line, column } = placeOf(this.source, top.at)
        this.unexpected(`end (of the block from ${line}:${column})`)
      }
    }
    this.advance()
    this.frames.pop()
  }

  /** `label? blocktype (catches)` behind the mnemonic, into `operands`. Returns the label. */
  private blockHead(row: Instruction): string | undefined {
    const label = this.optionalId()
    this.blockType()
    if (row.opcode === TRY_TABLE) this.operands.clauses = this.catches()
    return label
  }

  /** §6.5.1: no type, one result, or a type use; only the last needs an entry in the type section. */
  private blockType(): void {
    const o = this.operands
    o.blockTypeidx = -1
    o.blockResult = 0
    const at = this.start
    let typeidx: number | undefined
    if (this.open('type')) {
      typeidx = this.spaces.type.index(this)
      this.close()
    } else if (!this.isList('param') && !this.isList('result')) return
    const signature = this.signature()
    if (signature.namedAt !== 0) this.nameless(signature)
    if (typeidx === undefined && signature.params.length === 0 && signature.results.length <= 1) o.blockResult = signature.results[0] ?? 0
    else o.blockTypeidx = this.useOf(typeidx, signature, at)
  }

  private push(frame: Frame): void {
    this.frames.push(frame)
  }

  private blockOpened(label: string | undefined): void {
    if (label !== undefined) this.labelNames.push([this.blocks, label])
    this.blocks++
  }

  /** `end $l` and `else $l` must repeat the label of the block. */
  private matchLabel(frame: Frame): void {
    const at = this.start
    const id = this.optionalId()
    if (id === undefined || id === frame.label) return
    this.fail(`mismatching label $${id}: the block ${frame.label === undefined ? 'has no name' : `is called $${frame.label}`}`, at)
  }

  /** The value of a branch hint annotation before the current token, NO_HINT if there is none. */
  private takeHint(): number {
    return this.notes.length === 0 ? NO_HINT : this.hintNote(this.start)
  }

  /** Overridden by the module parser, which knows annotations. */
  protected hintNote(_before: number): number {
    return NO_HINT
  }

  /** The instruction that is written next stands at `at` in the source. */
  private mark(at: number): void {
    this.positions?.push(this.writer.length, at)
  }

  private noteHint(hint: number): void {
    if (hint !== NO_HINT) this.hints.push([this.writer.length, hint])
  }
}

/** What may stand where a frame takes no such instruction. */
function betweenOperands({ kind, state }: Frame): string {
  switch (kind) {
    case OPERANDS:
      return ') or an operand in parentheses'
    case FOLDED_IF:
      return state === BEFORE ? '(then or the condition in parentheses' : state === BETWEEN ? ') or (else' : ')'
    default:
      return state === BEFORE ? '(do' : state === BETWEEN ? '), (catch, (catch_all or (delegate' : ')'
  }
}

/** Whether a flat instruction may stand in a frame. */
function takesFlat(top: Frame | undefined): boolean {
  if (top === undefined) return true
  switch (top.kind) {
    case FLAT:
    case FOLDED:
      return true
    case FOLDED_IF:
    case FOLDED_TRY:
      return top.state === INSIDE || top.state === LAST_INSIDE
    default:
      return false
  }
}

function takesFolded(top: Frame | undefined): boolean {
  return takesFlat(top) || top!.kind === OPERANDS || (top!.kind === FOLDED_IF && top!.state === BEFORE)
}
