/**
 * Which features of the debugger the scripted sessions show. That is read off what they do: commands, what these print, and the
 * stops that come of them. Stops count only while nothing was changed, so that the reference executor has told whether what they
 * show is right.
 */
import { findNamed } from '../../src/debug/assign.ts'
import { Breakpoint, Watchpoint } from '../../src/debug/breakpoint.ts'
import type { BreakOptions } from '../../src/debug/index.ts'
import type { Deed, Script } from './scripted.ts'

type Feature = (deed: Deed) => boolean

/** A stop whose state was compared. */
const stopped = ({ stop, changed }: Deed): boolean => stop !== undefined && !changed
const failed = ({ shown }: Deed): boolean => shown.some((line) => line.startsWith('error: '))

/** A stop at a breakpoint whose place has that key, of a value that passes. */
const at =
  (key: string, passes: (value: unknown) => boolean = () => true): Feature =>
  (deed) => {
    const point = deed.stop?.breakpoint
    return stopped(deed) && point instanceof Breakpoint && key in point.place && passes(point.place[key as never])
  }
const hasWildcard = (name: unknown): boolean => typeof name === 'string' && /[*?]/.test(name)

const withOption =
  (key: keyof BreakOptions): Feature =>
  (deed) => {
    const point = deed.stop?.breakpoint
    return stopped(deed) && point instanceof Breakpoint && point.options[key] !== undefined && point.options[key] !== false
  }

/** A stop at a watchpoint on something that has that key. */
const watched =
  (key: string, passes: (point: Watchpoint, message: string) => boolean = () => true): Feature =>
  (deed) => {
    const point = deed.stop?.breakpoint
    return stopped(deed) && point instanceof Watchpoint && key in point.watched && passes(point, deed.stop!.message)
  }

const steps =
  (command: string, passes: (deed: Deed) => boolean = () => true): Feature =>
  (deed) =>
    stopped(deed) && deed.command === command && deed.stop!.reason === 'step' && passes(deed)
const depth = ({ stop }: Deed): number => stop!.frame!.depth

const does =
  (command: string, rest: RegExp = /^/): Feature =>
  (deed) =>
    deed.command === command && rest.test(deed.rest) && !failed(deed) && deed.shown.length > 0

/** A log that was written, of a template that passes. */
const logged =
  (passes: (template: string) => boolean): Feature =>
  ({ dbg, shown, changed }) =>
    !changed &&
    shown.some((line) => line.startsWith('log: ')) &&
    dbg.breakpoints.some((point) => point instanceof Breakpoint && point.hitCount > 0 && passes(point.options.log ?? ''))

/** Something of that kind was changed. */
const edits =
  (kind: 'local' | 'operand' | 'global' | 'element' | 'memory' | 'field'): Feature =>
  (deed) => {
    if (deed.command !== 'set' || failed(deed)) return false
    const { dbg } = deed
    const [target] = deed.rest.split(/\s*=/) as [string]
    const found = findNamed(dbg, dbg.stop?.frame, target)?.kind
    if (found !== undefined || kind === 'memory') return kind === (found ?? (/^[iuf]\d+\[/.test(target) ? 'memory' : undefined))
    return kind === 'field' && /^[^.[]+[.[]/.test(target) && !/^[iuf]\d+\[|\.[if]\d+x\d+\[/.test(target)
  }

const features = {
  'break at a function by its name': at('func', (name) => typeof name === 'string' && !hasWildcard(name)),
  'break at functions by a pattern': at('func', hasWildcard),
  'break at a function by its index': at('func', (index) => typeof index === 'number'),
  'break at a function by its export': at('export'),
  'break at an import': at('import'),
  'break at an offset': at('offset'),
  'break at a line of the text': at('wat'),
  'break at a call of the host': at('host'),
  'break at a trap': at('trap'),
  'break at a throw': at('throw', (tag) => tag === true),
  'break at a throw of a tag': at('throw', (tag) => typeof tag === 'string'),
  'break at an exception that nobody catches': at('uncaught'),
  'stop at the entry': (deed) => stopped(deed) && deed.stop!.reason === 'entry',
  'a condition': withOption('when'),
  'a hit count': withOption('hits'),
  'a breakpoint that stops once': withOption('once'),
  'a logpoint': logged((text) => text !== ''),
  'a logpoint with a result': logged((text) => text.includes('{result}')),
  'watch memory that is read': watched('memory', ({ on }) => on === 'read'),
  'watch memory that is written': watched('memory', ({ on }, message) => on === 'access' && message.includes(' → ')),
  'watch memory that changes': watched('memory', ({ on }) => on === 'change'),
  'watch a global': watched('global'),
  'watch a local': watched('local'),
  'watch an element of a table': watched('table'),
  'watch an object': watched('object'),
  'a condition of a watchpoint': (deed) =>
    stopped(deed) && deed.stop!.breakpoint instanceof Watchpoint && deed.stop!.breakpoint.when !== undefined,
  'step by instruction': steps('step'),
  'step into a call': steps('step', (deed) => deed.before!.instruction.startsWith('call') && depth(deed) === deed.before!.depth + 1),
  'step over a call': steps(
    'next',
    (deed) => deed.before!.instruction.startsWith('call') && depth(deed) === deed.before!.depth && deed.stop!.tick > deed.before!.tick,
  ),
  'step out': steps('finish', (deed) => depth(deed) < deed.before!.depth),
  'step to the next line': steps('line', (deed) => depth(deed) === deed.before!.depth),
  'step to the next iteration': steps('iteration', (deed) => deed.stop!.tick > deed.before!.tick),
  'pause a program that runs': (deed) =>
    stopped(deed) && deed.command === 'continue' && deed.stop!.reason === 'pause' && typeof deed.interrupt === 'number',
  'pause a program that waits for the host': (deed) =>
    stopped(deed) &&
    deed.stop!.reason === 'pause' &&
    deed.interrupt === 'waiting' &&
    deed.dbg.threads.some(({ state }) => state === 'in a host call'),
  'a stop in another thread': (deed) => stopped(deed) && deed.before !== undefined && deed.before.thread !== deed.stop!.thread,
  'look at another thread': does('thread'),
  'call an export': (deed) => deed.command === 'call' && deed.shown.some((line) => line.startsWith('returned')),
  'memory, with its changed bytes': (deed) =>
    deed.command === 'x' && deed.shown.some((line) => /^ {2}[\da-f]{8} .*[\da-f]{2}\*/.test(line)),
  'change a local': edits('local'),
  'change an operand': edits('operand'),
  'change a global': edits('global'),
  'change memory': edits('memory'),
  'change an element of a table': edits('element'),
  'change a field of an object': edits('field'),
  // Where the code has a BREAK.
  'the original instruction': (deed) =>
    does('list')(deed) &&
    deed.dbg.breakpoints.some(
      (point) => point instanceof Breakpoint && point.places.some(({ offset }) => offset === deed.dbg.stop?.frame?.offset),
    ),
  'info breakpoints': does('info', /^b/),
  'info locals': does('info', /^l/),
  'info stack': does('info', /^s/),
  'info globals': does('info', /^g/),
  'info threads': does('info', /^t/),
  'info functions': does('info', /^f/),
  backtrace: does('backtrace'),
  'look at a caller': does('up'),
  print: does('print'),
} satisfies Record<string, Feature>

const guests = ['WAT', 'C'] as const
const origins = ['launched', 'joined'] as const
type FeatureName = keyof typeof features
type Cell = readonly [feature: FeatureName, guest: (typeof guests)[number], origin: (typeof origins)[number]]

/** What cannot be. */
const exemptions: readonly {
  readonly features: readonly FeatureName[]
  readonly guests?: readonly (typeof guests)[number][]
  readonly origins?: readonly (typeof origins)[number][]
  readonly why: string
}[] = [
  { features: ['stop at the entry'], origins: ['joined'], why: 'what runs has its entry behind it' },
  {
    features: ['break at a throw', 'break at a throw of a tag', 'break at an exception that nobody catches'],
    guests: ['C'],
    why: 'C has no exceptions',
  },
  { features: ['watch an object', 'change a field of an object'], guests: ['C'], why: 'clang uses linear memory, not the collected heap' },
  { features: ['watch an element of a table'], guests: ['C'], why: 'no code of clang writes to a table' },
]

const name = (cell: Cell): string => cell.join(', ')

/** What sessions have shown. */
export class Coverage {
  sessions = 0
  private readonly shown = new Map<string, string>()

  /** Looks on while a session is played. */
  of(session: string, { args, joined }: Script): (deed: Deed) => void {
    this.sessions++
    const guest = args.some((arg) => /^c\/.*\.wasm$/.test(arg)) ? 'C' : 'WAT'
    return (deed) => {
      for (const [feature, isShown] of Object.entries(features)) {
        if (isShown(deed)) this.shown.set(name([feature as FeatureName, guest, joined === undefined ? 'launched' : 'joined']), session)
      }
    }
  }

  private readonly cells: readonly Cell[] = guests.flatMap((guest) =>
    origins.flatMap((origin) => (Object.keys(features) as FeatureName[]).map((feature): Cell => [feature, guest, origin])),
  )
  private exempt(): Cell[] {
    return this.cells.filter(([feature, guest, origin]) =>
      exemptions.some(
        (e) => e.features.includes(feature) && (e.guests ?? guests).includes(guest) && (e.origins ?? origins).includes(origin),
      ),
    )
  }

  /** Features that no session shows, though they could be. */
  missing(): string[] {
    const exempt = new Set(this.exempt().map(name))
    return this.cells.map(name).filter((cell) => !this.shown.has(cell) && !exempt.has(cell))
  }
  /** Exemptions of what a session shows. */
  needless(): string[] {
    return this.exempt()
      .map(name)
      .filter((cell) => this.shown.has(cell))
  }
}
