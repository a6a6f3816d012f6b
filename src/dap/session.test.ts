/** A session without streams: whatever a client asks, in whatever order and with whatever arguments, it is answered, and never by an internal error. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compile } from '../embedding/module.ts'
import { watToWasmWithMap } from '../text/index.ts'
import { RequestError } from './arguments.ts'
import { Session } from './session.ts'
import type { Targets } from './target.ts'

const text = `(module
  (type $node (struct (field $value (mut i32)) (field $next (mut (ref null $node)))))
  (memory (export "memory") 1) (table 4 funcref) (global $g (mut i64) (i64.const 3)) (tag $oops (param i32))
  (elem (i32.const 1) func $fib)
  (func $fib (export "fib") (param $n i32) (result i32) (local $v v128) (local $node (ref null $node))
    (local.set $node (struct.new $node (local.get $n) (ref.null $node)))
    (local.set $v (i32x4.splat (local.get $n)))
    (i32.store (i32.const 8) (local.get $n))
    (if (i32.gt_s (local.get $n) (i32.const 20)) (then (throw $oops (local.get $n))))
    (if (result i32) (i32.lt_s (local.get $n) (i32.const 2))
      (then (i32.const 1))
      (else (i32.add (call $fib (i32.sub (local.get $n) (i32.const 1))) (call $fib (i32.sub (local.get $n) (i32.const 2)))))))
  (func (export "_start")
    (loop $for-ever
      (drop (call $fib (i32.const 9)))
      (block $caught (try_table (catch_all $caught) (drop (call $fib (i32.const 25)))))
      (br $for-ever))))`
const { bytes, map } = watToWasmWithMap(text)
const module = compile(bytes)
const targets: Targets = {
  launch: () =>
    Promise.resolve({
      path: '/fib.wat',
      module,
      options: {},
      source: { text, map },
      results: () => [],
      report: (error) => ({ text: String(error), exitCode: 1 }),
    }),
  attach: () => {
    throw new RequestError('there is none')
  },
}

/** Values that mean something at one place or another. */
const value = fc.oneof(
  fc.constantFrom(0, 1, 2, 3, 5, 8, 13, -1, 1.5, 1e9, 2 ** 53, true, false, null),
  fc.constantFrom(
    'n',
    'fib',
    '$node',
    'g',
    'v',
    'stack[0]',
    '0x8',
    '0x60',
    'memory0:0x8',
    'i32[8]',
    'n = 3',
    'call fib(3)',
    'trap',
    'throw',
    'write',
  ),
  fc.constantFrom(
    '[0]',
    'value',
    'i8x16',
    '/fib.wat',
    'AQID',
    '> 2',
    '% 0',
    'n > 2',
    'n / 0',
    '1 +',
    'repl',
    'hover',
    'instruction',
    'indexed',
    '',
  ),
  fc.constantFrom(
    '{"memory":0,"addr":8,"size":4}',
    '{"global":"g"}',
    '{"local":"n","func":0}',
    '{"table":0,"index":1}',
    '{"object":0}',
    'null',
    '5',
  ),
  fc.constantFrom<unknown>([], {}, [1], ['trap'], [{}], { path: '/fib.wat' }, { sourceReference: 1 }, { hex: true }),
)
const item = fc.dictionary(
  fc.constantFrom(
    'line',
    'column',
    'condition',
    'hitCondition',
    'logMessage',
    'name',
    'dataId',
    'accessType',
    'instructionReference',
    'offset',
    'filterId',
  ),
  value,
  { maxKeys: 4 },
)
const few = fc.integer({ min: -1, max: 4 })
const expression = fc.constantFrom(
  'n',
  '$0',
  'g',
  'v',
  'node',
  'stack[0]',
  'n * 2 + 1',
  'i32[8]',
  'u8[n]',
  'n / 0',
  'x',
  'n = 3',
  'g = 5',
  'i32[8] = n',
  'call fib(3)',
  'help',
)
const when = fc.constantFrom('n > 2', 'n == 3', 'n / 0', 'x', '', '1 +')
const hit = fc.constantFrom('2', '>= 2', '% 3', '== 1', '% 0', 'often')
const source = fc.constantFrom({ path: '/fib.wat' }, { path: '/fib.wat' }, { sourceReference: 1 }, { path: '/other' })
const place = fc.constantFrom('0x8', '0x60', '0x80', '100', 'memory0:0x8', 'memory1:0x0')
const threadId = fc.constantFrom(1, 1, 1, 2)
const granularity = fc.constantFrom('statement', 'line', 'instruction')
const some = (fields: Record<string, fc.Arbitrary<unknown>>, required: readonly string[] = []): fc.Arbitrary<Record<string, unknown>> =>
  fc.record(fields, { requiredKeys: required as never[] })
const list = (fields: Record<string, fc.Arbitrary<unknown>>, required: readonly string[]): fc.Arbitrary<unknown> =>
  fc.array(some(fields, required), { maxLength: 3 })

/** Arguments with which requests may well succeed. */
const sensible: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  restart: fc.constant({}),
  terminate: fc.constant({}),
  cancel: some({ requestId: fc.integer({ min: 1, max: 60 }) }),
  setBreakpoints: some(
    {
      source,
      breakpoints: list(
        {
          line: fc.integer({ min: 0, max: 20 }),
          column: few,
          condition: when,
          hitCondition: hit,
          logMessage: fc.constantFrom('n {n}', '{x}', '{'),
        },
        ['line'],
      ),
    },
    ['source'],
  ),
  setFunctionBreakpoints: some({
    breakpoints: list({ name: fc.constantFrom('fib', '#0', 'f*', 'no'), condition: when, hitCondition: hit }, ['name']),
  }),
  setInstructionBreakpoints: some({ breakpoints: list({ instructionReference: place, offset: few }, ['instructionReference']) }),
  setDataBreakpoints: some({
    breakpoints: list(
      {
        dataId: fc.constantFrom(
          '{"memory":0,"addr":8,"size":4}',
          '{"global":"g"}',
          '{"local":"n","func":0}',
          '{"table":0,"index":1}',
          '{"object":0}',
        ),
        accessType: fc.constantFrom('read', 'write', 'readWrite'),
        condition: when,
      },
      ['dataId'],
    ),
  }),
  setExceptionBreakpoints: some({
    filters: fc.subarray(['trap', 'throw', 'uncaught']),
    filterOptions: list({ filterId: fc.constant('throw'), condition: fc.constantFrom('oops', '') }, ['filterId']),
  }),
  dataBreakpointInfo: some(
    {
      variablesReference: few,
      name: fc.constantFrom('n', 'node', 'g', '[1]', 'value', 'i32[8]', '8'),
      asAddress: fc.boolean(),
      bytes: few,
    },
    ['name'],
  ),
  breakpointLocations: some({ source, line: fc.integer({ min: 0, max: 20 }), endLine: fc.integer({ min: 0, max: 30 }) }, [
    'source',
    'line',
  ]),
  continue: some({ threadId }, ['threadId']),
  next: some({ threadId, granularity }, ['threadId']),
  stepIn: some({ threadId, granularity, targetId: fc.constantFrom(0x60, 0x80) }, ['threadId']),
  stepOut: some({ threadId, granularity }, ['threadId']),
  stepInTargets: some({ frameId: few }, ['frameId']),
  pause: some({ threadId }),
  threads: fc.constant(undefined),
  stackTrace: some({ threadId, startFrame: few, levels: few, format: fc.constant({ parameters: true, hex: true }) }, ['threadId']),
  scopes: some({ frameId: few }, ['frameId']),
  variables: some(
    {
      variablesReference: fc.integer({ min: 1, max: 12 }),
      start: few,
      count: few,
      filter: fc.constantFrom('named', 'indexed'),
      format: fc.constant({ hex: true }),
    },
    ['variablesReference'],
  ),
  setVariable: some(
    {
      variablesReference: fc.constantFrom(1, 1, 1, 2, 3, 5, 6),
      name: fc.constantFrom('n', 'n', 'v', 'node', 'g', '[0]', 'value', 'next'),
      value: fc.constantFrom('1', 'null', '0xff', 'func:0', 'n', 'x'),
    },
    ['variablesReference', 'name', 'value'],
  ),
  setExpression: some({ expression, value: fc.constantFrom('1', 'null', '0xff', 'n', 'x'), frameId: few }, ['expression', 'value']),
  evaluate: some({ expression, context: fc.constantFrom('repl', 'hover', 'watch'), frameId: few }, ['expression']),
  completions: some({ text: fc.constantFrom('n', 'call f', '$'), column: few }, ['text', 'column']),
  exceptionInfo: some({ threadId }, ['threadId']),
  readMemory: some({ memoryReference: place, offset: fc.integer({ min: -20, max: 70_000 }), count: fc.integer({ min: 0, max: 70_000 }) }, [
    'memoryReference',
    'count',
  ]),
  writeMemory: some(
    {
      memoryReference: place,
      offset: fc.integer({ min: -20, max: 70_000 }),
      data: fc.constantFrom('AQID', '', '!'),
      allowPartial: fc.boolean(),
    },
    ['memoryReference', 'data'],
  ),
  disassemble: some(
    {
      memoryReference: place,
      offset: few,
      instructionOffset: fc.integer({ min: -50, max: 50 }),
      instructionCount: fc.integer({ min: 0, max: 50 }),
    },
    ['memoryReference', 'instructionCount'],
  ),
  loadedSources: fc.constant(undefined),
  source: some({ source, sourceReference: few }, ['source']),
  modules: fc.constant({}),
}
/** Those of one request for another, members that are wrong, or none. */
const senseless = fc.oneof(
  fc.oneof(...Object.values(sensible)),
  fc.dictionary(
    fc.constantFrom('threadId', 'frameId', 'name', 'breakpoints', 'expression', 'memoryReference', 'source', 'line', 'filters'),
    fc.oneof(value, fc.array(item)),
    { maxKeys: 6 },
  ),
  value,
)
const commands = [...Object.keys(sensible), 'initialize', 'launch', 'attach', 'configurationDone', 'goto']
/** The program is ended more seldom than other things are done. */
const weights = commands.map((command) => ({ weight: command === 'terminate' ? 1 : 8, arbitrary: fc.constant(command) }))
const request = fc.oneof(...weights).chain((command) =>
  fc.record({
    command: fc.constant(command),
    arguments: fc.oneof({ weight: 4, arbitrary: sensible[command] ?? senseless }, { weight: 1, arbitrary: senseless }),
  }),
)

test('any requests in any order', async () => {
  const succeeded = new Set<string>()
  await fc.assert(
    fc.asyncProperty(fc.array(request, { minLength: 30, maxLength: 60, size: 'max' }), async (requests) => {
      const messages: Record<string, unknown>[] = []
      const session = new Session(
        { send: (message) => messages.push(message as Record<string, unknown>), drained: () => undefined, close: () => {} },
        targets,
      )
      let seq = 0
      const send = (command: string, argument?: unknown): void =>
        session.receive(new TextEncoder().encode(JSON.stringify({ seq: ++seq, type: 'request', command, arguments: argument })))
      send('initialize', {})
      send('launch', { stopOnEntry: true })
      send('configurationDone')
      await expect.poll(() => messages.some(({ event }) => event === 'stopped'), { interval: 1, timeout: 10_000 }).toBe(true)
      // What a client would know at this point.
      send('stackTrace', { threadId: 1 })
      send('scopes', { frameId: 1 })
      for (const { command, arguments: argument } of requests) {
        send(command, argument)
        // Whatever lets it go on is followed by a stop, or most of what comes behind would be refused.
        if (/^(continue|next|step(In|Out)|restart)$/.test(command)) {
          const before = messages.length
          await expect.poll(() => messages.length, { interval: 1, timeout: 10_000 }).toBeGreaterThan(before)
          send('pause', {})
          send('stackTrace', { threadId: 1 })
          send('scopes', { frameId: 1 })
        }
      }
      const answers = (): Record<string, unknown>[] => messages.filter(({ type }) => type === 'response')
      await expect.poll(() => answers().length, { interval: 1, timeout: 10_000 }).toBe(seq)
      expect(answers().filter(({ message }) => String(message).startsWith('internal error'))).toEqual([])
      expect(messages.filter(({ body }) => (body as { category?: string } | undefined)?.category === 'important')).toEqual([])
      for (const { command, success } of answers()) if (success === true) succeeded.add(command as string)
      session.close()
    }),
    { numRuns: 40, seed: 7 },
  )
  // Not everything may be refused.
  expect(commands.filter((command) => !succeeded.has(command))).toEqual(['attach', 'goto'])
}, 60_000)
