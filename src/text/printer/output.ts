/**
 * Lines of printed text, handed on in chunks: with an offset in front and a comment behind, if asked for, and with the
 * place of each instruction kept for the map. Called by the printer.
 */
/** Columns of one step of indentation, and the deepest: 100,000 nested blocks must not become a square of spaces. */
const STEP = 2
const MAX_STEPS = 30
/** The end of a line and the indentation of the next. */
const breaks: readonly string[] = Array.from({ length: MAX_STEPS + 1 }, (_, i) => `\n${' '.repeat(i * STEP)}`)
/** Pieces of text that are joined at once: growing one string by millions of small pieces costs several times as much. */
const PIECES = 1 << 14
// oxlint-disable-next-line no-control-regex -- that is what it looks for
const ascii = /^[\u0000-\u007f]*$/

export class Output {
  /** 1-based number of the current line. */
  line = 1
  /** Offset in the expression, line and column of each instruction of the current body, and so on; undefined: not wanted. */
  positions: number[] | undefined = undefined
  private readonly write: (chunk: string) => void
  /** Hexadecimal digits of the offsets in front of the lines; 0: no offsets. */
  private readonly digits: number
  private readonly blank: string
  private readonly pieces: string[] = []
  /** Length of the line so far, and how many characters of it take two units of a string. */
  private columns = 0
  private pairs = 0
  private comment = ''

  constructor(write: (chunk: string) => void, digits: number) {
    this.write = write
    this.digits = digits
    this.blank = digits === 0 ? '' : ' '.repeat(digits + 7)
    this.add(this.blank)
  }

  /** Ends the line and begins another: `(;0x12f;) ` with the offset of its instruction, -1 if it has none, if asked for. */
  newline(steps: number, offset = -1): void {
    const { pieces } = this
    if (this.comment !== '') pieces.push(`  ;; ${this.comment}`)
    this.comment = ''
    if (pieces.length >= PIECES) this.flush()
    this.line++
    this.pairs = 0
    const depth = steps < MAX_STEPS ? steps : MAX_STEPS
    this.columns = depth * STEP
    if (this.digits === 0) pieces.push(breaks[depth]!)
    else {
      const prefix = offset < 0 ? this.blank : `(;0x${offset.toString(16).padStart(this.digits, '0')};) `
      pieces.push('\n', prefix, ' '.repeat(depth * STEP))
      this.columns += prefix.length
    }
  }

  add(text: string): void {
    this.pieces.push(text)
    this.columns += text.length
    if (this.positions !== undefined && !ascii.test(text)) this.pairs += text.length - [...text].length
  }

  /** What is said at the end of the line. */
  remark(comment: string): void {
    this.comment = comment
  }

  /** Columns that the line takes so far. */
  width(): number {
    return this.columns
  }

  /** The instruction at `offset` of the current body is written next. */
  mark(offset: number): void {
    this.positions?.push(offset, this.line, this.columns - this.pairs + 1)
  }

  private flush(): void {
    this.write(this.pieces.join(''))
    this.pieces.length = 0
  }

  /** Ends the last line. Whatever is added then is another text. */
  end(): void {
    this.pieces.push('\n')
    this.flush()
    this.line++
    this.columns = this.pairs = 0
  }
}
