/**
 * The command line's grammar: one table of commands and options, from which arguments are parsed and every --help is
 * printed. Options end at the program's file, so that whatever follows it reaches the guest untouched. Called by main.ts.
 */
import { edits } from '../text/spelling.ts'

/** A mistake on the command line: message and hint go to stderr, the exit code is 2. */
export class UsageError extends Error {
  readonly hint: string
  constructor(message: string, hint: string = '') {
    super(message)
    this.hint = hint
  }
}

export interface Option {
  readonly name: string
  readonly short?: string
  readonly aliases?: readonly string[]
  /** Name of the value in --help; an option without one is a switch. */
  readonly value?: string
  /** The value may be left out: it then follows `=` only. */
  readonly optional?: boolean
  /** May be given several times. */
  readonly repeat?: boolean
  readonly help: string
}

export interface Command {
  readonly name: string
  readonly summary: string
  readonly usage: string
  /** Everything after the first operand belongs to the guest. */
  readonly passThrough: boolean
  readonly options: readonly Option[]
  readonly examples: readonly string[]
  /** Lines at the end of --help. */
  readonly notes?: readonly string[]
  /** What is missing when there is no operand at all; default: a file. False: it takes none. */
  readonly needs?: string | false
}

const guestOptions: readonly Option[] = [
  {
    name: 'dir',
    aliases: ['mapdir', 'volume'],
    value: 'HOST[::GUEST][,ro]',
    repeat: true,
    help: 'grant a directory or archive; ,overlay: changes go nowhere',
  },
  { name: 'file', value: 'HOST[::GUEST][,ro]', repeat: true, help: 'grant a single file; ,ro: it can only be read' },
  { name: 'env', value: 'K=V', repeat: true, help: 'set a variable; K alone passes it on from here' },
  { name: 'listen', value: 'HOST:PORT', repeat: true, help: 'let it accept TCP connections there; fds follow the directories’' },
  { name: 'argv0', value: 'NAME', help: "the program's own name; default: its file name" },
  { name: 'stdin', value: 'FILE', help: 'read standard input from a file' },
  { name: 'invoke', value: 'NAME', help: 'call an export with the args, print what it returns' },
  { name: 'fuel', value: 'N', help: 'stop after N ticks (exit code 125)' },
  { name: 'timeout', value: 'MS', help: 'stop after MS milliseconds (exit code 124)' },
  { name: 'max-memory', value: 'SIZE', help: 'most bytes of a memory: 64MiB, 1GiB (the default)' },
  { name: 'clock', value: 'KIND', help: 'virtual: never sleeps; fixed:TIME: date or Unix seconds' },
  { name: 'seed', value: 'N', help: 'repeatable random numbers' },
  { name: 'strace', value: '[=json]', optional: true, help: 'show every host call on stderr, as text or as JSON lines' },
]
const featuresOption: Option = { name: 'features', value: 'LIST', help: 'switch features of the language on or off: threads,-gc' }
const help: Option = { name: 'help', short: 'h', help: 'show this' }

export const commands: readonly Command[] = [
  {
    name: 'run',
    summary: 'run a program with WASI, or call an exported function',
    usage: 'vitrine run [options] FILE [args…]',
    passThrough: true,
    options: [
      ...guestOptions,
      featuresOption,
      { name: 'executor', value: 'NAME', help: 'auto, switch, closure, reference' },
      { name: 'tier', value: 'NAME', help: 'shape of the code: auto, fast, exact' },
      { name: 'dap', value: '[HOST:]PORT', help: 'let debug clients join it there while it runs' },
      { name: 'verbose', short: 'v', help: 'tell what was granted and what was refused' },
      { name: 'quiet', short: 'q', help: 'no hints about refused requests when a guest fails' },
      help,
    ],
    examples: [
      'vitrine run hello.wasm one --two',
      'vitrine run --dir src::/data,ro --env LANG ls.wasm /data',
      'vitrine run --invoke fac fac.wat 20',
    ],
    notes: ["The exit code is the guest's; trap 134, timeout 124, out of fuel 125, Ctrl-C 130, usage 2, other errors 1."],
  },
  {
    name: 'validate',
    summary: 'check modules and say what is wrong with them',
    usage: 'vitrine validate [--features LIST] FILE…',
    passThrough: false,
    options: [featuresOption, help],
    examples: ['vitrine validate --features -gc,-simd old.wasm', 'vitrine validate a.wasm b.wat'],
    notes: ['Exit code 0 when all are valid, else 1.'],
  },
  {
    name: 'inspect',
    summary: 'show what is in a module',
    usage: 'vitrine inspect [--json] [--section NAME] FILE',
    passThrough: false,
    options: [{ name: 'json', help: 'as JSON' }, { name: 'section', value: 'NAME', help: 'one section: its contents and its bytes' }, help],
    examples: ['vitrine inspect prog.wasm', 'vitrine inspect --section name prog.wasm', 'vitrine inspect --json prog.wasm | jq .imports'],
  },
  {
    name: 'trace',
    summary: 'show every instruction as it is executed',
    usage: 'vitrine trace [options] FILE [args…]',
    passThrough: true,
    options: [
      { name: 'func', value: 'NAME|INDEX', repeat: true, help: 'only in these functions; * and ? match' },
      { name: 'limit', value: 'N', help: 'end the program after N lines' },
      { name: 'format', value: 'NAME', help: 'text; indent: by the depth of calls; jsonl; binary: a recording' },
      { name: 'jsonl', help: 'one JSON object a line: --format jsonl' },
      { name: 'output', short: 'o', value: 'FILE', help: 'write the trace to a file' },
      ...guestOptions,
      featuresOption,
      help,
    ],
    examples: ['vitrine trace --limit 20 hello.wasm', "vitrine trace --func 'mul*' --invoke fac fac.wat 20"],
    notes: [
      'The trace goes to stdout and all output of the guest to stderr; with --output the guest has its stdout.',
      'FILE may be a recording (--format binary), which is then shown.',
    ],
  },
  {
    name: 'profile',
    summary: 'show where a program spends its instructions',
    usage: 'vitrine profile [options] FILE [args…]',
    passThrough: true,
    options: [
      { name: 'format', value: 'NAME', help: 'text, html (flame graph), speedscope, cpuprofile, chrome, folded' },
      { name: 'by', value: 'WHAT', help: 'instructions: the same in each run (default); time' },
      { name: 'output', short: 'o', value: 'FILE', help: 'write the profile to a file' },
      ...guestOptions,
      featuresOption,
      help,
    ],
    examples: ['vitrine profile --format speedscope -o out.json prog.wasm', 'vitrine profile --format html -o flame.html prog.wasm'],
    notes: ['As with trace, the guest has its stdout only with --output. chrome keeps the first 500,000 calls.'],
  },
  {
    name: 'cover',
    summary: 'show which instructions of a program ran, and how often',
    usage: 'vitrine cover [options] FILE [args…]',
    passThrough: true,
    options: [
      { name: 'format', value: 'NAME', help: 'text: a summary; html: one page; lcov: on the text of vitrine print --flat' },
      { name: 'wat', value: 'FILE', help: 'write that text there: where lcov looks for it' },
      { name: 'output', short: 'o', value: 'FILE', help: 'write the result to a file' },
      ...guestOptions,
      featuresOption,
      help,
    ],
    examples: ['vitrine cover --format lcov -o lcov.info --wat prog.wat prog.wasm', 'vitrine cover --format html -o cover.html prog.wasm'],
    notes: ['As with trace, the guest has its stdout only with --output.'],
  },
  {
    name: 'debug',
    summary: 'stop, step and look at a running program',
    usage: 'vitrine debug [options] FILE [args…]',
    passThrough: true,
    options: [
      { name: 'command', short: 'x', value: 'FILE', help: 'carry out the commands in a file, one a line' },
      { name: 'tty', value: 'FILE', help: "terminal for the guest's own input and output" },
      ...guestOptions,
      featuresOption,
      help,
    ],
    examples: [
      'vitrine debug --invoke fac fac.wat 20',
      'vitrine debug --stdin words.txt prog.wasm',
      "printf 'break main\\nc\\nbt\\n' | vitrine debug prog.wasm",
    ],
    notes: [
      'help lists the commands. Without a terminal they are read from stdin, and shown as they are carried out.',
      "Lines that the guest writes begin with '| ' (stdout) or '! ' (stderr); without --stdin or --tty its input is empty.",
    ],
  },
  {
    name: 'dap',
    summary: 'debug adapter: let an editor debug programs',
    usage: 'vitrine dap [--port [HOST:]PORT]',
    passThrough: false,
    options: [
      { name: 'port', value: '[HOST:]PORT', help: 'serve clients that connect there; default: one client on stdin and stdout' },
      help,
    ],
    examples: ['vitrine dap --port 4711', 'vitrine dap'],
    notes: [
      'Speaks the Debug Adapter Protocol. The editor starts it and says what to run; docs/debugging.md has recipes.',
      'Whoever can connect to the port can run programs with your rights.',
    ],
    needs: false,
  },
  {
    name: 'explain',
    summary: 'say what an instruction does, or what stands at an offset of a module',
    usage: 'vitrine explain INSTRUCTION | vitrine explain OFFSET FILE',
    passThrough: false,
    options: [help],
    examples: [
      'vitrine explain i32.div_s',
      "vitrine explain 'memory.*'",
      'vitrine explain 0x1f4 prog.wasm',
      'vitrine explain 12:5 prog.wat',
    ],
    notes: ['OFFSET is a byte offset as errors and traces show it: 500 or 0x1f4; in a .wat file LINE:COLUMN.'],
    needs: 'no instruction or offset is given',
  },
  {
    name: 'parse',
    summary: 'translate the text format to a .wasm file',
    usage: 'vitrine parse [options] FILE.wat',
    passThrough: false,
    options: [
      { name: 'output', short: 'o', value: 'FILE', help: 'write the .wasm file there; default: stdout, if it is not a terminal' },
      { name: 'no-names', help: 'no name section: identifiers such as $x are not kept' },
      help,
    ],
    examples: ['vitrine parse fac.wat | vitrine inspect /dev/stdin', 'vitrine parse fac.wat -o fac.wasm'],
    notes: ['The module is not validated; vitrine validate does that.'],
  },
  {
    name: 'print',
    summary: 'show a module as text; vitrine parse makes the same module of it',
    usage: 'vitrine print [options] FILE.wasm',
    passThrough: false,
    options: [
      { name: 'output', short: 'o', value: 'FILE', help: 'write the text to a file; default: stdout' },
      { name: 'flat', help: 'one instruction a line in the order of the binary, operands not inside' },
      { name: 'offsets', help: 'in front of each instruction its offset in the .wasm file' },
      { name: 'types', help: 'behind each instruction what it takes and gives' },
      { name: 'no-names', help: 'indices instead of the identifiers of the name section' },
      help,
    ],
    examples: ['vitrine print --flat --offsets --types prog.wasm | less', 'vitrine print prog.wasm -o prog.wat'],
  },
]

/** Values by option name; switches are `['']`. */
export class Parsed {
  readonly values: Map<string, string[]> = new Map()
  /** The file, and everything after it. */
  readonly operands: string[] = []

  has(name: string): boolean {
    return this.values.has(name)
  }
  all(name: string): readonly string[] {
    return this.values.get(name) ?? []
  }
  /** The last one counts. */
  get(name: string): string | undefined {
    const all = this.all(name)
    return all[all.length - 1]
  }
  /** A number of at least 0, written as 1000, 1_000 or 1e3. */
  number(name: string): number | undefined {
    const text = this.get(name)
    if (text === undefined) return undefined
    if (!/^\d[\d_]*(e\d+)?$/i.test(text)) throw new UsageError(`--${name} needs a whole number, not '${text}'`)
    return Number(text.replaceAll('_', ''))
  }
}

/** Parses what stands after the command's name. */
export function parse(command: Command, argv: readonly string[]): Parsed {
  const parsed = new Parsed()
  let i = 0
  for (; i < argv.length; i++) {
    const word = argv[i]!
    if (word === '--') {
      parsed.operands.push(...argv.slice(i + 1))
      return parsed
    }
    if (!word.startsWith('-') || word === '-') {
      parsed.operands.push(word)
      if (!command.passThrough) continue
      parsed.operands.push(...argv.slice(i + 1))
      return parsed
    }
    const equals = word.startsWith('--') ? word.indexOf('=') : -1
    const name = equals < 0 ? word : word.slice(0, equals)
    const option = command.options.find(
      (o) => `--${o.name}` === name || `-${o.short ?? '-'}` === name || o.aliases?.some((a) => `--${a}` === name),
    )
    if (option === undefined) throw unknownOption(command, name)
    let value = ''
    if (option.value !== undefined) {
      if (equals >= 0) value = word.slice(equals + 1)
      else if (option.optional === true) value = ''
      else if (++i < argv.length) value = argv[i]!
      else throw new UsageError(`${name} needs a value: ${name} ${option.value}`, seeHelp(command))
    } else if (equals >= 0) throw new UsageError(`${name} takes no value`, seeHelp(command))
    const values = parsed.values.get(option.name) ?? []
    if (values.length > 0 && option.repeat !== true && option.value !== undefined) throw new UsageError(`${name} is given twice`)
    values.push(value)
    parsed.values.set(option.name, values)
  }
  return parsed
}

export const seeHelp = (command: Command | undefined): string => `see: vitrine ${command === undefined ? '' : `${command.name} `}--help`

function unknownOption(command: Command, name: string): UsageError {
  const known = command.options.flatMap((o) => [o.name, ...(o.aliases ?? [])]).map((o) => `--${o}`)
  const near = nearest(name, known)
  const where = command.passThrough ? '; options of the program itself come after its file' : ''
  return new UsageError(`unknown option ${name}${near === undefined ? '' : `; did you mean ${near}?`}`, `${seeHelp(command)}${where}`)
}

/** The word of the list that is at most two edits away. */
export function nearest(word: string, list: readonly string[]): string | undefined {
  let best: string | undefined
  let least = 3
  for (const candidate of list) {
    const distance = edits(word, candidate)
    if (distance < least) {
      least = distance
      best = candidate
    }
  }
  return best
}

/** Two columns, the first as wide as its widest cell. */
function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`)
}

const optionCell = (o: Option): string =>
  `${o.short === undefined ? '' : `-${o.short}, `}--${o.name}${o.value === undefined ? '' : o.optional === true ? o.value : ` ${o.value}`}`

/** `vitrine COMMAND --help`. */
export function commandHelp(command: Command): string {
  const lines = [
    `${command.summary[0]!.toUpperCase()}${command.summary.slice(1)}.${command.needs === false ? '' : ' FILE is .wasm or .wat.'}`,
    '',
    `Usage: ${command.usage}`,
    '',
  ]
  lines.push(...columns(command.options.map((o) => [optionCell(o), o.help] as const)), '', 'Examples:')
  lines.push(...command.examples.map((e) => `  ${e}`))
  if (command.notes !== undefined) lines.push('', ...command.notes)
  return `${lines.join('\n')}\n`
}

/** `vitrine --help`. */
export function generalHelp(version: string): string {
  const lines = [`vitrine ${version}: WebAssembly behind glass, in pure TypeScript`, '', 'Usage: vitrine COMMAND [options] FILE', '']
  lines.push(...columns(commands.map((c) => [c.name, c.summary] as const)), '')
  lines.push(
    'vitrine FILE [args…] runs it. Nothing is granted to a program unless it is said: directories with --dir, variables with --env.',
    '',
  )
  lines.push('Examples:', '  vitrine hello.wasm', ...commands.map((c) => `  ${c.examples[c.examples.length - 1]!}`), '')
  lines.push('vitrine COMMAND --help shows the options of a command.')
  return `${lines.join('\n')}\n`
}
