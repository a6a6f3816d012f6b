/**
 * Inputs that are extreme in one way each: depth, length, number, or a claim about them. `runExtremes` is called in a process
 * of its own with a small heap (extremes.test.ts), and says of each what came of it, how long it took, and how much memory.
 */
import { compile, instantiate, isVitrineError } from '../../src/index.ts'
import '../../src/families/all.ts'
import '../../src/families/reference.ts'
import { ByteWriter } from '../../src/encoder/byte-writer.ts'
import { moduleNames } from '../../src/module/names.ts'
import { watToWasm } from '../../src/text/index.ts'

const MANY = 100_000
const MILLION = 1_000_000

/** Contents of one section, by its id. */
type Sections = readonly (readonly [id: number, write: (w: ByteWriter) => void])[]
function binary(sections: Sections): Uint8Array {
  const w = new ByteWriter()
  w.raw(Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]))
  for (const [id, write] of sections) {
    w.byte(id)
    w.block(write)
  }
  return w.slice()
}
const bytes =
  (...list: number[]) =>
  (w: ByteWriter): void =>
    w.raw(Uint8Array.from(list))
const times =
  (n: number, ...list: number[]) =>
  (w: ByteWriter): void => {
    for (let i = 0; i < n; i++) for (let k = 0; k < list.length; k++) w.byte(list[k]!)
  }
const u32s =
  (...list: number[]) =>
  (w: ByteWriter): void =>
    list.forEach((n) => w.u32(n))
const all =
  (...writers: ((w: ByteWriter) => void)[]) =>
  (w: ByteWriter): void =>
    writers.forEach((write) => write(w))

const TYPE: Sections[number] = [1, bytes(1, 0x60, 0, 0)]
const FUNC: Sections[number] = [3, bytes(1, 0)]
const EXPORT: Sections[number] = [7, bytes(1, 1, 0x66, 0, 0)]
/** A module with one function `f` of type [] -> [] and this body; `locals` are its declarations. */
const withBody = (body: (w: ByteWriter) => void, locals: (w: ByteWriter) => void = bytes(0), ...before: Sections): Uint8Array =>
  binary([
    TYPE,
    FUNC,
    ...before,
    EXPORT,
    [
      10,
      (w) => {
        w.u32(1)
        w.block(all(locals, body))
      },
    ],
  ])
const name = (...contents: number[]): Uint8Array => binary([[0, bytes(4, 0x6e, 0x61, 0x6d, 0x65, ...contents)]])
const HUGE = [0xff, 0xff, 0xff, 0xff, 0x0f]

/** What must come of it: it is accepted (and `f` runs), or refused with that error; undefined if either will do. */
export type Expected = 'runs' | 'valid' | 'MalformedError' | 'InvalidError' | 'LimitError' | undefined
export interface Extreme {
  readonly name: string
  readonly expected: Expected
  readonly make: () => Uint8Array | string
}
const one = (title: string, expected: Expected, make: () => Uint8Array | string): Extreme => ({ name: title, expected, make })
const nested = (open: string, inside: string, close: string): string => `${open.repeat(MANY)}${inside}${close.repeat(MANY)}`
const func = (body: string): string => `(module (func (export "f") ${body}))`

const extremeTexts: readonly Extreme[] = [
  one('open parentheses', 'MalformedError', () => '('.repeat(MANY)),
  one('closed parentheses', 'MalformedError', () => nested('(', '', ')')),
  one('open modules', 'MalformedError', () => '(module '.repeat(MANY)),
  one('open functions', 'MalformedError', () => '(module (func '.repeat(MANY)),
  one('blocks, folded', 'runs', () => func(nested('(block ', '', ')'))),
  one('blocks, folded, not closed', 'MalformedError', () => func('(block '.repeat(MANY))),
  one('blocks, flat', 'runs', () => func(nested('block ', '', ' end'))),
  one('loops, flat, not closed', 'MalformedError', () => func('loop '.repeat(MANY))),
  one('expressions, folded', 'runs', () => func(`(drop ${nested('(i32.eqz ', '(i32.const 1)', ')')})`)),
  one('expressions on the right', 'runs', () => func(`(drop ${nested('(i32.add (i32.const 1) ', '(i32.const 1)', ')')})`)),
  one('ifs, folded', 'runs', () => func(nested('(if (i32.const 1) (then ', '', '))'))),
  one('ifs in conditions', undefined, () =>
    func(`(drop ${nested('(if (result i32) ', '(i32.const 1)', ' (then (i32.const 1)) (else (i32.const 0)))')})`),
  ),
  one('try_tables', undefined, () => func(nested('(try_table ', '', ')'))),
  one('comments', 'valid', () => `(module ${nested('(; ', '', ' ;)')})`),
  one('comments, not closed', 'MalformedError', () => `(module ${'(; '.repeat(MANY)})`),
  one('annotations', 'valid', () => `(module ${nested('(@a ', '', ')')})`),
  one('annotations, not closed', 'MalformedError', () => `(module ${'(@a '.repeat(MANY)}`),
  one('reference types', 'MalformedError', () => `(module (global ${nested('(ref null ', '', ')')} (ref.null func)))`),
  one('labels of one br_table', undefined, () => func(`(br_table ${'0 '.repeat(MILLION)} (i32.const 1))`)),
  one('locals', undefined, () => func('(local i32)'.repeat(MANY))),
  one('locals in one list', undefined, () => func(`(local ${'i32 '.repeat(MILLION)})`)),
  one('parameters', undefined, () => `(module (type (func (param ${'i32 '.repeat(MANY)}))))`),
  one('results', undefined, () => `(module (type (func (result ${'i32 '.repeat(MANY)}))))`),
  one('a long name', 'valid', () => `(module $${'x'.repeat(MILLION)})`),
  one('a long string', 'valid', () => `(module (memory 100) (data (i32.const 0) "${'x'.repeat(5 * MILLION)}"))`),
  one('many strings', 'valid', () => `(module (memory 100) (data (i32.const 0) ${'"x" '.repeat(MILLION)}))`),
  one('a string, not closed', 'MalformedError', () => `(module (export "${'x'.repeat(MILLION)}`),
  one('digits of an integer', 'MalformedError', () => func(`(drop (i32.const ${'9'.repeat(MILLION)}))`)),
  one('digits of a float', undefined, () => func(`(drop (f64.const 0.${'9'.repeat(MANY)}))`)),
  one('hexadecimal digits of a float', undefined, () => func(`(drop (f32.const 0x${'f'.repeat(MANY)}p-${'9'.repeat(MANY)}))`)),
  one('a large exponent', 'MalformedError', () => func('(drop (f64.const 1e999999999999999999))')),
  one('types', 'valid', () => `(module ${'(type (func (param i32)))'.repeat(MANY)})`),
  one('types in one group', 'valid', () => `(module (rec ${'(type (struct))'.repeat(20_000)}))`),
  one(
    'types in a chain',
    undefined,
    () => `(module (type (sub (struct))) ${Array.from({ length: 20_000 }, (_, i) => `(type (sub ${i} (struct)))`).join('')})`,
  ),
  one('functions', 'valid', () => `(module ${'(func)'.repeat(MANY)})`),
  one('exports of one name', 'InvalidError', () => `(module (func ${'(export "a")'.repeat(MANY)}))`),
  one('exports of many names', 'valid', () => `(module (func ${Array.from({ length: MANY }, (_, i) => `(export "${i}")`).join('')}))`),
  one('elements', 'valid', () => `(module (func $f) (table ${MANY} funcref) (elem (i32.const 0) ${'$f '.repeat(MANY)}))`),
  one('a byte that is not UTF-8', 'MalformedError', () => Uint8Array.from([0x28, 0x6d, 0xff, 0x29])),
]

const claims: readonly Extreme[] = [
  ...[1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13].map((id) =>
    one(`section ${id} claims 4 billion entries`, undefined, () => binary([[id, bytes(...HUGE)]])),
  ),
  one('a section claims 4 GiB', 'MalformedError', () => Uint8Array.from([...binary([]), 1, ...HUGE])),
  one('a type claims 4 billion parameters', undefined, () => binary([[1, bytes(1, 0x60, ...HUGE)]])),
  one('a group claims 4 billion types', undefined, () => binary([[1, bytes(1, 0x4e, ...HUGE)]])),
  one('a struct claims 4 billion fields', undefined, () => binary([[1, bytes(1, 0x5f, ...HUGE)]])),
  one('a name claims 4 GiB', 'MalformedError', () => binary([[2, bytes(1, ...HUGE, 0x61)]])),
  one('a custom name claims 4 GiB', 'MalformedError', () => binary([[0, bytes(...HUGE)]])),
  one('a body claims 4 GiB', undefined, () => binary([TYPE, FUNC, [10, bytes(1, ...HUGE)]])),
  one('a segment claims 4 GiB', undefined, () =>
    binary([
      [5, bytes(1, 0, 1)],
      [11, bytes(1, 1, ...HUGE)],
    ]),
  ),
  one('a segment claims 4 billion elements', undefined, () => binary([[9, bytes(1, 1, 0, ...HUGE)]])),
  one('a br_table claims 4 billion labels', undefined, () => withBody(bytes(0x41, 0, 0x0e, ...HUGE, 0x0b))),
  one('a select claims 4 billion types', undefined, () => withBody(bytes(0x1c, ...HUGE, 0x0b))),
  one('a try_table claims 4 billion clauses', undefined, () => withBody(bytes(0x1f, 0x40, ...HUGE, 0x0b))),
  one('4 billion locals', undefined, () => withBody(bytes(0x0b), bytes(1, ...HUGE, 0x7f))),
  one('4 billion runs of locals', undefined, () => withBody(bytes(0x0b), bytes(...HUGE))),
  one('a thousand runs of 4 billion locals', undefined, () => withBody(bytes(0x0b), all(u32s(1000), times(1000, ...HUGE, 0x7f)))),
  one('the locals that there may be', 'runs', () => withBody(bytes(0x0b), all(u32s(1, 50_000), bytes(0x7e)))),
  one('one local more', 'LimitError', () => withBody(bytes(0x0b), all(u32s(1, 50_001), bytes(0x7e)))),
  one('array.new_fixed of 4 billion', undefined, () => withBody(bytes(0xfb, 0x08, 0, ...HUGE, 0x0b))),
  one('a memory of 4 GiB', undefined, () => binary([[5, all(bytes(1, 0), u32s(65536))]])),
  one('a memory of more', 'InvalidError', () => binary([[5, all(bytes(1, 0), u32s(65537))]])),
  one('a memory of 2^48 pages', undefined, () => binary([[5, bytes(1, 4, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x40)]])),
  one('a table of 4 billion', undefined, () => binary([[4, bytes(1, 0x70, 0, ...HUGE)]])),
  one('a thousand tables of ten million', undefined, () => binary([[4, all(u32s(1000), times(1000, 0x70, 0, 0x80, 0xad, 0xe2, 0x04))]])),
  ...[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12].flatMap((id) => [
    one(`name subsection ${id} claims 4 billion`, 'valid', () => name(id, 5, ...HUGE)),
    one(`name subsection ${id} claims 4 GiB`, 'valid', () => name(id, ...HUGE)),
    one(`name subsection ${id} is cut`, 'valid', () => name(id, 3, 2, 0, 9)),
    one(`name subsection ${id} of many`, 'valid', () => binary([[0, all(bytes(4, 0x6e, 0x61, 0x6d, 0x65), times(MANY, id, 3, 1, 0, 0))]])),
  ]),
]

const lengths: readonly Extreme[] = [
  one('nested blocks', 'runs', () => withBody(all(times(MANY, 0x02, 0x40), times(MANY + 1, 0x0b)))),
  one('nested loops', 'runs', () => withBody(all(times(MANY, 0x03, 0x40), times(MANY + 1, 0x0b)))),
  one('nested ifs', 'runs', () => withBody(all(times(MANY, 0x41, 1, 0x04, 0x40), times(MANY + 1, 0x0b)))),
  one('nested blocks left from inside', 'runs', () =>
    withBody(all(times(MANY, 0x02, 0x40), bytes(0x0c, 0xa0, 0x8d, 0x06), times(MANY + 1, 0x0b))),
  ),
  one('nested blocks, not closed', 'MalformedError', () => withBody(times(MANY, 0x02, 0x40))),
  one('nested try_tables', undefined, () => withBody(all(times(MANY, 0x1f, 0x40, 0), times(MANY + 1, 0x0b)))),
  one('operands', 'runs', () => withBody(all(times(MANY, 0x41, 0), times(MANY, 0x1a), bytes(0x0b)))),
  one('operands that nobody takes', 'InvalidError', () => withBody(all(times(MANY, 0x41, 0), bytes(0x0b)))),
  one('instructions', 'runs', () => withBody(all(times(MILLION, 0x01), bytes(0x0b)))),
  one('dead instructions', undefined, () => withBody(all(bytes(0), times(MILLION, 0x6a), bytes(0x1a, 0x0b)))),
  one('ends', 'MalformedError', () => withBody(times(MANY, 0x0b))),
  one('a br_table of a million', undefined, () => withBody(all(bytes(0x41, 0, 0x0e), u32s(MILLION), times(MILLION + 1, 0), bytes(0x0b)))),
  one('the br_table that may be', 'runs', () => withBody(all(bytes(0x41, 0, 0x0e), u32s(65_520), times(65_521, 0), bytes(0x0b)))),
  one('many br_tables', 'runs', () =>
    withBody(
      all(
        times(20, 0x02, 0x40),
        (w) => {
          for (let i = 0; i < 20; i++) all(bytes(0x41, 0, 0x0e), u32s(65_520), times(65_521, 0), bytes(0x0b))(w)
        },
        bytes(0x0b),
      ),
    ),
  ),
  one('a body of more than the limit', undefined, () => withBody(all(times(7_700_000, 0x01), bytes(0x0b)))),
  one('functions', 'valid', () =>
    binary([TYPE, [3, all(u32s(MILLION), times(MILLION, 0))], [10, all(u32s(MILLION), times(MILLION, 2, 0, 0x0b))]]),
  ),
  one('more functions than there may be', 'LimitError', () => binary([TYPE, [3, all(u32s(MILLION + 1), times(MILLION + 1, 0))]])),
  one('imports', 'valid', () => binary([TYPE, [2, all(u32s(MANY), times(MANY, 0, 0, 0, 0))]])),
  one('types, all different', undefined, () =>
    binary([
      [
        1,
        all(u32s(2000), (w) => {
          for (let i = 0; i < 2000; i++) all(bytes(0x60), u32s(i % 1000), times(i % 1000, 0x7f - (i % 4)), bytes(0))(w)
        }),
      ],
    ]),
  ),
  one('a group whose types name each other', undefined, () =>
    binary([
      [
        1,
        all(bytes(1, 0x4e), u32s(5000), (w) => {
          for (let i = 0; i < 5000; i++)
            all(bytes(0x50, 0, 0x5f, 2, 0x63), u32s((i * 7) % 5000), bytes(0, 0x63), u32s((i * 13) % 5000), bytes(0))(w)
        }),
      ],
    ]),
  ),
  one('groups that name the last one', undefined, () =>
    binary([
      [
        1,
        all(u32s(20_000), (w) => {
          for (let i = 0; i < 20_000; i++) all(bytes(0x50, 0, 0x5f, 1, 0x63), u32s(Math.max(0, i - 1)), bytes(0))(w)
        }),
      ],
    ]),
  ),
  one('globals that name the last one', undefined, () =>
    binary([
      [
        6,
        all(u32s(MANY), bytes(0x7f, 0, 0x41, 0, 0x0b), (w) => {
          for (let i = 1; i < MANY; i++) all(bytes(0x7f, 0, 0x23), u32s(i - 1), bytes(0x0b))(w)
        }),
      ],
    ]),
  ),
  one('a long constant expression', undefined, () =>
    binary([[6, all(bytes(1, 0x7f, 0, 0x41, 0), times(MANY, 0x41, 1, 0x6a), bytes(0x0b))]]),
  ),
  one('a deep constant expression', undefined, () =>
    binary([[6, all(bytes(1, 0x7f, 0), times(MANY, 0x41, 1), times(MANY - 1, 0x6a), bytes(0x0b))]]),
  ),
  one('segments', 'valid', () => binary([[11, all(u32s(MANY), times(MANY, 1, 0))]])),
  one('more segments than there may be', 'LimitError', () => binary([[11, all(u32s(MANY + 1), times(MANY + 1, 1, 0))]])),
  one('custom sections', 'valid', () => binary(Array.from({ length: MANY }, (): Sections[number] => [0, bytes(1, 0x78)]))),
  one('nothing', 'MalformedError', () => new Uint8Array(0)),
]

export const extremes: readonly Extreme[] = [
  ...extremeTexts.map((e) => ({ ...e, name: `text: ${e.name}` })),
  ...claims,
  ...lengths.map((e) => ({ ...e, name: `binary: ${e.name}` })),
]

export interface Report {
  readonly name: string
  readonly outcome: string
  readonly expected: Expected
  readonly ms: number
  /** How far the process grew beyond what it had been, in MB. */
  readonly grown: number
}

function outcomeOf(input: Uint8Array | string): string {
  try {
    const module = compile(
      typeof input === 'string' || input[0] !== 0 ? (input.length === 0 ? new Uint8Array(0) : watToWasm(input)) : input,
    )
    moduleNames(module.data)
    module.customSections('name')
    if (!module.exports.some((e) => e.name === 'f')) return 'valid'
    for (const options of [
      { executor: 'switch', tier: 'fast' },
      { executor: 'switch', tier: 'exact' },
      { executor: 'closure', tier: 'fast' },
      { executor: 'closure', tier: 'exact' },
      { executor: 'reference' },
    ] as const)
      instantiate(module, {}, options).exports['f']()
    return 'runs'
  } catch (error) {
    return isVitrineError(error) ? error.name : `CRASH ${error instanceof Error ? error.stack?.slice(0, 400) : String(error)}`
  }
}

/** Runs those whose names contain `part`. */
export function runExtremes(part = ''): Report[] {
  return extremes
    .filter((e) => e.name.includes(part))
    .map(({ name: title, expected, make }) => {
      const input = make()
      const before = process.resourceUsage().maxRSS
      const started = performance.now()
      const outcome = outcomeOf(input)
      const ms = Math.round(performance.now() - started)
      return { name: title, outcome, expected, ms, grown: Math.round((process.resourceUsage().maxRSS - before) / 1024) }
    })
}
