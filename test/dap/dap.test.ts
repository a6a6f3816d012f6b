/** `vitrine dap` with the protocol's own test client: every request that it offers, on a .wat and on a C program. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { capabilities } from '../../src/dap/protocol.ts'
import { repoRoot } from '../helpers/files.ts'
import { type Client, useAdapter } from './client.ts'

const wat = join(repoRoot, 'test/dap/all.wat')
const guest = (name: string): string => join(repoRoot, 'examples/guests', name)

const dap = useAdapter()
let client: Client
beforeEach(async () => {
  client = await dap.connect()
})
afterEach(async () => {
  await client.stop()
  expect(client.wrong).toEqual([])
})

const lines = (...list: (number | object)[]): object => ({
  source: { path: wat },
  breakpoints: list.map((item) => (typeof item === 'number' ? { line: item } : item)),
})
const shown = (list: readonly { name: string; value: string }[]): string => list.map(({ name, value }) => `${name}=${value}`).join(' ')

describe('a session', () => {
  test('capabilities', async () => {
    expect((await client.initializeRequest()).body).toEqual(capabilities)
  })

  test('stopOnEntry, output, exit', async () => {
    const stopped = await client.begin({ program: wat, stopOnEntry: true })
    expect(stopped).toMatchObject({ reason: 'entry', threadId: 1, allThreadsStopped: true })
    expect(await client.where()).toBe('_start:57')
    await client.finish()
    expect(client.output('stdout')).toBe('hello from wat\n')
    expect(client.events('exited')).toEqual([{ exitCode: 0 }])
    expect(client.events('process')[0]).toMatchObject({ name: wat, startMethod: 'launch' })
  })

  test('the helper of the test client: breakpoint, stop, place', async () => {
    await client.hitBreakpoint({ program: wat }, { path: wat, line: 17 })
  })

  test('exit codes, arguments, environment, directories, standard input', async () => {
    await client.run({ program: guest('c/exit-code.wasm'), args: ['7'] })
    expect(client.events('exited')).toEqual([{ exitCode: 7 }])
    const again = await dap.connect()
    writeFileSync(join(dap.dir, 'input.txt'), 'one two\nthree\n')
    await again.run({ program: guest('c/wc.wasm'), cwd: dap.dir, stdinFile: 'input.txt' })
    expect(again.output('stdout').trim().split(/\s+/).slice(0, 3)).toEqual(['2', '3', '14'])
    await again.stop()
    const third = await dap.connect()
    await third.run({ program: guest('c/cat-upper.wasm'), stdin: 'ä small text\n' })
    expect(third.output('stdout')).toContain('SMALL TEXT')
    await third.stop()
    const fourth = await dap.connect()
    await fourth.run({ program: guest('c/ls.wasm'), cwd: dap.dir, dirs: ['.::/data,ro'], args: ['/data'], env: { X: 'y' } })
    expect(fourth.output('stdout')).toContain('input.txt')
    await fourth.stop()
    const file = await dap.connect()
    await file.run({ program: guest('c/wc.wasm'), cwd: dap.dir, files: ['input.txt::/in/words.txt,ro'], args: ['/in/words.txt'] })
    expect(file.output('stdout')).toContain('/in/words.txt')
    await file.stop()
    const fifth = await dap.connect()
    await fifth.run({ program: guest('c/ls.wasm'), cwd: dap.dir, dirs: ['.::/data,overlay'], args: ['/data'] })
    expect(fifth.output('stdout')).toContain('input.txt')
    await fifth.stop()
  })

  test('invoke shows what the function returned', async () => {
    await client.run({ program: wat, invoke: 'div', args: ['7', '2'] })
    expect(client.output('console')).toBe('3\n')
  })

  test('noDebug runs on the executor that is asked for', async () => {
    for (const executor of ['switch', 'closure', 'reference']) {
      const plain = await dap.connect()
      await plain.run({ program: wat, noDebug: true, executor, tier: 'auto' }, () => plain.ask('setBreakpoints', lines(17)))
      expect(plain.output('stdout')).toBe('hello from wat\n')
      await plain.stop()
    }
  })

  test.each([
    [{}, 'launch.program is missing'],
    [{ program: 5 }, 'launch.program must be a string, not a number'],
    [{ program: '/nowhere/x.wasm' }, 'cannot read /nowhere/x.wasm: no such file'],
    [{ program: wat, args: 'x' }, 'launch.args must be an array, not a string'],
    [{ program: wat, env: { A: 1 } }, 'launch.env.A must be a string, not a number'],
    [{ program: wat, invoke: 'nobody' }, "there is no exported function 'nobody'"],
    [{ program: wat, invoke: 'div', args: ['1'] }, 'div takes 2 arguments (i32 i32), not 1'],
    [{ program: wat, dirs: ['/nowhere-at-all::/x'] }, 'cannot grant'],
    [{ program: wat, executor: 'fast' }, "--executor 'fast' is unknown"],
    [{ program: wat, maxMemory: '5 apples' }, 'is not a size'],
    [{ program: wat, fuel: -1 }, 'launch.fuel must be at least 0'],
    [{ program: join(repoRoot, 'package.json') }, 'magic header not detected'],
  ])('launch %j is refused', async (args, message) => {
    await client.initializeRequest()
    expect(await client.refusal('launch', args)).toContain(message)
    // The session is as it was: a launch that is right works.
    const initialized = client.waitForEvent('initialized')
    await client.ask('launch', { program: wat, stopOnEntry: true })
    await initialized
  })

  test('terminate, also in an endless loop', async () => {
    const terminated = client.next('terminated')
    const initialized = client.waitForEvent('initialized')
    await client.initializeRequest()
    await client.ask('launch', { program: wat, invoke: 'spin' })
    await initialized
    await client.configurationDoneRequest()
    await new Promise((resolve) => setTimeout(resolve, 50))
    await client.ask('terminate')
    await terminated
    expect(await client.refusal('stackTrace', { threadId: 1 })).toBe('there is no program')
  })

  test('pause and go on, in an endless loop', async () => {
    const initialized = client.waitForEvent('initialized')
    await client.initializeRequest()
    await client.ask('launch', { program: wat, invoke: 'spin' })
    await initialized
    await client.configurationDoneRequest()
    for (let i = 0; i < 3; i++) {
      expect(await client.refusal('stackTrace', { threadId: 1 })).toBe('the program is running')
      expect(await client.go('pause')).toMatchObject({ reason: 'pause', description: 'Paused' })
      expect(await client.where()).toBe('spin:49')
      await client.ask('continue', { threadId: 1 })
    }
  })

  test('restart keeps the breakpoints, and may have other arguments', async () => {
    const set = (): Promise<unknown> => client.ask('setBreakpoints', lines({ line: 17, condition: 'a == 1' }))
    await client.begin({ program: wat, invoke: 'loop', args: ['4'] }, set)
    expect(shown(await client.scope('Locals'))).toBe('a=1 b=2 sum=0')
    expect(await client.go('restart', {})).toMatchObject({ reason: 'breakpoint', hitBreakpointIds: [1] })
    expect(shown(await client.scope('Locals'))).toBe('a=1 b=2 sum=0')
    await client.finish('restart', { arguments: { program: wat, invoke: 'div', args: ['8', '2'] } })
    expect(client.output('console')).toBe('4\n')
  })

  test('a program that traps: told, and stopped at', async () => {
    await client.run({ program: wat, invoke: 'div', args: ['1', '0'] })
    expect(client.output('stderr')).toContain('trap: integer divide by zero')
    expect(client.output('stderr')).toContain('all.wat')
    expect(client.events('exited')).toEqual([{ exitCode: 134 }])
  })
})

describe('breakpoints', () => {
  test('on lines: moved to an instruction, by column, verified or not', async () => {
    await client.begin({ program: wat, invoke: 'loop', args: ['2'], stopOnEntry: true }, async () => {
      const { breakpoints } = (await client.ask('setBreakpoints', lines(17, 14, { line: 18, column: 40 }, 1000))) as unknown as {
        breakpoints: object[]
      }
      expect(breakpoints).toMatchObject([
        { verified: true, line: 17, source: { path: wat } },
        { verified: true, line: 17 },
        { verified: true, line: 18, column: 57 },
        { verified: false, message: 'no instruction begins on line 1000 or behind it' },
      ])
      const elsewhere = await client.ask('setBreakpoints', { source: { path: '/other.c' }, breakpoints: [{ line: 1 }] })
      expect(elsewhere).toMatchObject({ breakpoints: [{ verified: false, message: 'this file is no source of the program' }] })
    })
    expect(await client.go('continue')).toMatchObject({ reason: 'breakpoint' })
    expect(await client.where()).toBe('add:17')
  })

  test('set before launch, they are never missed', async () => {
    await client.initializeRequest()
    const before = await client.ask('setBreakpoints', lines(57))
    expect(before).toMatchObject({ breakpoints: [{ id: 1, verified: false }] })
    expect(await client.ask('setFunctionBreakpoints', { breakpoints: [{ name: 'print' }] })).toMatchObject({
      breakpoints: [{ verified: false }],
    })
    const initialized = client.waitForEvent('initialized')
    const stopped = client.next('stopped')
    await client.ask('launch', { program: wat })
    await initialized
    await client.configurationDoneRequest()
    expect(await stopped).toMatchObject({ reason: 'breakpoint', hitBreakpointIds: [1] })
    expect(client.events('breakpoint')).toMatchObject([
      { reason: 'changed', breakpoint: { id: 1, verified: true, line: 57 } },
      { reason: 'changed', breakpoint: { id: 2, verified: true, line: 52 } },
    ])
    expect(await client.go('continue')).toMatchObject({ reason: 'function breakpoint', hitBreakpointIds: [2] })
  })

  test('conditions, hit conditions, logs; those that are asked for again keep their counts', async () => {
    const first = { line: 17, condition: 'b >= 2' }
    const counted = { line: 18, hitCondition: '% 3' }
    const log = { line: 19, logMessage: 'sum is {sum}, counter {counter}' }
    await client.begin({ program: wat, invoke: 'loop', args: ['7'] }, () => client.ask('setBreakpoints', lines(first)))
    expect(shown(await client.scope('Locals'))).toBe('a=1 b=2 sum=0')
    await client.ask('setBreakpoints', lines(counted))
    expect(await client.go('continue')).toMatchObject({ reason: 'breakpoint', hitBreakpointIds: [2] })
    expect(shown(await client.scope('Globals'))).toBe('counter=4 fixed=77')
    const { breakpoints } = await client.ask('setBreakpoints', lines(counted, log))
    expect(breakpoints).toMatchObject([
      { id: 2, verified: true },
      { id: 3, verified: true },
    ])
    await client.finish()
    expect(client.output('console')).toBe('sum is 10, counter 5\nsum is 15, counter 6\nsum is 21, counter 7\n21\n')
    expect(client.events('output').find(({ output }) => String(output).startsWith('sum'))).toMatchObject({
      line: 19,
      source: { path: wat },
    })
  })

  test('a mistake in a condition is told when it is set, or stops the program', async () => {
    await client.begin({ program: wat, invoke: 'loop', args: ['3'], stopOnEntry: true }, async () => {
      const { breakpoints } = (await client.ask(
        'setBreakpoints',
        lines({ line: 17, condition: 'nobody > 1' }, { line: 17, condition: '1 +' }),
      )) as unknown as {
        breakpoints: { message: string }[]
      }
      expect(breakpoints.map(({ message }) => message)).toEqual([
        "in 'nobody > 1': there is no nobody here (column 1)",
        "in '1 +': a value is expected, not the end (column 4)",
      ])
      expect(await client.refusal('setBreakpoints', lines({ line: 17, hitCondition: 'often' }))).toContain("'often' is no hit condition")
      await client.ask('setBreakpoints', lines({ line: 17, condition: '1 / a == 1' }))
    })
    expect(await client.go('continue')).toMatchObject({ reason: 'breakpoint', text: expect.stringContaining('division by zero') as string })
  })

  test('functions: by name, pattern, number, import; host calls', async () => {
    await client.begin({ program: wat, stopOnEntry: true }, async () => {
      const names = ['pri*', '#2', 'nobody', 'fd_write', 'wasi_snapshot_preview1.fd_write']
      const answer = await client.ask('setFunctionBreakpoints', { breakpoints: names.map((name) => ({ name })) })
      expect(answer).toMatchObject({
        breakpoints: [
          { verified: true, line: 52 },
          { verified: true, line: 23 },
          { verified: false, message: "there is no function 'nobody'" },
          { verified: true },
          { verified: true },
        ],
      })
    })
    expect(await client.go('continue')).toMatchObject({ reason: 'function breakpoint', hitBreakpointIds: [1] })
    expect(await client.go('continue')).toMatchObject({ reason: 'function breakpoint', hitBreakpointIds: [4] })
    expect(await client.where()).toBe('print:54')
    expect(await client.go('continue')).toMatchObject({ hitBreakpointIds: [2] })
    expect(await client.where()).toMatch('loop:')
  })

  test('instructions', async () => {
    await client.begin({ program: wat, invoke: 'div', args: ['9', '3'], stopOnEntry: true })
    const [top] = await client.frames()
    const at = { instructionReference: top!.instructionPointerReference, offset: 4 }
    const answer = await client.ask('setInstructionBreakpoints', {
      breakpoints: [at, { instructionReference: '0x0' }, { instructionReference: 'x' }],
    })
    expect(answer).toMatchObject({
      breakpoints: [{ verified: true, line: 46 }, { verified: false, message: 'offset 0x0 is in no function' }, { verified: false }],
    })
    expect(await client.go('continue')).toMatchObject({ reason: 'instruction breakpoint' })
    expect(shown(await client.scope('Operand Stack'))).toBe('stack[0]=3 stack[1]=9')
  })

  test('data: locals, globals, memory, table, objects; access types, conditions', async () => {
    await client.begin({ program: wat, invoke: 'values' }, () => client.ask('setBreakpoints', lines(35)))
    const locals = await client.scopeReference('Locals')
    const info = (args: object): Promise<Record<string, never>> => client.ask('dataBreakpointInfo', args)
    const d = await info({ variablesReference: locals, name: 'd' })
    expect(d).toMatchObject({ description: 'local d of values', accessTypes: ['write'], canPersist: true })
    expect(await info({ name: 'counter' })).toMatchObject({ description: 'global counter' })
    const memory = await info({ name: 'i32[64]' })
    expect(memory).toMatchObject({ description: '4 bytes at 0x40', accessTypes: ['read', 'write', 'readWrite'] })
    expect(await info({ name: '0x40', asAddress: true, bytes: 8 })).toMatchObject({ description: '8 bytes at 0x40' })
    expect(await info({ variablesReference: await client.scopeReference('Operand Stack').catch(() => locals), name: 'd' })).toBeDefined()
    expect(await info({ name: 'nobody' })).toMatchObject({ dataId: null })
    const node = (await client.scope('Locals')).find(({ name }) => name === 'node')!
    expect(await info({ variablesReference: node.variablesReference, name: 'value' })).toMatchObject({
      description: 'the object with value',
      canPersist: false,
    })
    const table = (await client.scope('Tables'))[0]!
    expect(await info({ variablesReference: table.variablesReference, name: '[3]' })).toMatchObject({ description: 'table 0[3]' })
    expect(await info({ name: 'table[3]' })).toMatchObject({ description: 'table 0[3]', dataId: '{"table":0,"index":3}' })
    const answer = await client.ask('setDataBreakpoints', {
      breakpoints: [
        { dataId: d['dataId'], condition: '$new > 2.0' },
        { dataId: memory['dataId'], accessType: 'readWrite', hitCondition: '== 2' },
        { dataId: 'nonsense' },
        { dataId: '{"memory":9,"addr":0,"size":1}' },
      ],
    })
    expect(answer).toMatchObject({
      breakpoints: [{ verified: true }, { verified: true }, { verified: false }, { verified: false, message: 'there is no memory 9' }],
    })
    expect(await client.refusal('setDataBreakpoints', { breakpoints: [{ dataId: memory['dataId'], accessType: 'sometimes' }] })).toContain(
      'access type',
    )
    const first = await client.go('continue')
    expect(first).toMatchObject({ reason: 'data breakpoint', text: 'local d of values: 0 → 2.5' })
    const second = await client.go('continue')
    expect(second).toMatchObject({ reason: 'data breakpoint', text: '0x40: 04 03 02 01 read' })
  })

  test('exceptions: traps, thrown, thrown of a tag, uncaught', async () => {
    const filters = (list: string[], options: object[] = []): Promise<unknown> =>
      client.ask('setExceptionBreakpoints', { filters: list, filterOptions: options })
    const stopped = await client.begin({ program: wat, invoke: 'div', args: ['1', '0'] }, () => filters(['trap']))
    expect(stopped).toMatchObject({ reason: 'exception', text: 'integer divide by zero' })
    const info = await client.ask('exceptionInfo', { threadId: 1 })
    expect(info).toMatchObject({
      exceptionId: 'trap',
      breakMode: 'always',
      description: 'integer divide by zero',
      details: { typeName: 'trap' },
    })
    expect(shown(await client.scope('Operand Stack'))).toBe('stack[0]=0 stack[1]=1')
    await client.finish()
    for (const [invoke, list, options, expected] of [
      ['caught', ['uncaught'], [], undefined],
      ['caught', ['throw'], [], 'exception $oops'],
      ['uncaught', ['uncaught'], [], 'exception $oops'],
      ['uncaught', [], [{ filterId: 'throw', condition: 'oops' }], 'exception $oops'],
      ['uncaught', [], [{ filterId: 'throw', condition: 'other' }], undefined],
    ] as const) {
      const other = await dap.connect()
      const set = (): Promise<unknown> => other.ask('setExceptionBreakpoints', { filters: list, filterOptions: options })
      if (expected === undefined) await other.run({ program: wat, invoke }, set)
      else {
        expect(await other.begin({ program: wat, invoke }, set)).toMatchObject({ reason: 'exception', text: expected })
        expect(await other.where()).toBe('throws:40')
        expect(await other.ask('exceptionInfo', { threadId: 1 })).toMatchObject({
          exceptionId: expected,
          breakMode: list[0] === 'uncaught' ? 'unhandled' : 'always',
        })
      }
      expect(other.wrong).toEqual([])
      await other.stop()
    }
    expect(await client.refusal('setExceptionBreakpoints', { filters: ['moon'] })).toContain("no exception filter 'moon'")
  })

  test('breakpointLocations', async () => {
    await client.begin({ program: wat, stopOnEntry: true })
    const { breakpoints } = await client.ask('breakpointLocations', { source: { path: wat }, line: 16, endLine: 17 })
    expect(breakpoints).toEqual([5, 21, 30, 45].map((column) => ({ line: 17, column })))
    expect(await client.ask('breakpointLocations', { source: { path: '/x' }, line: 1 })).toEqual({ breakpoints: [] })
  })
})

describe('steps', () => {
  test('by line: over, into, out', async () => {
    await client.begin({ program: wat, invoke: 'loop', args: ['3'] }, () => client.ask('setBreakpoints', lines(24)))
    expect(await client.where()).toBe('loop:24')
    await client.ask('setBreakpoints', lines())
    expect(await client.go('next')).toMatchObject({ reason: 'step' })
    expect(await client.where()).toBe('loop:25')
    await client.go('next')
    expect(await client.where()).toBe('loop:26')
    await client.go('next')
    expect(await client.where()).toBe('loop:24')
    await client.go('stepIn')
    expect(await client.where()).toBe('add:17')
    await client.go('next', { threadId: 1, granularity: 'line' })
    expect(await client.where()).toBe('add:18')
    await client.go('stepOut')
    expect(await client.where()).toBe('loop:24')
    await client.finish('stepOut')
  })

  test('by instruction', async () => {
    await client.begin({ program: wat, invoke: 'div', args: ['9', '3'], stopOnEntry: true })
    const seen: string[] = []
    for (let i = 0; i < 3; i++) {
      await client.go(i === 1 ? 'next' : 'stepIn', { threadId: 1, granularity: 'instruction' })
      const [top] = await client.frames()
      seen.push(`${top!.column} ${shown(await client.scope('Operand Stack').catch(() => []))}`)
    }
    expect(seen).toEqual(['31 stack[0]=9', '5 stack[0]=3 stack[1]=9', `${seen[2]!.split(' ')[0]} stack[0]=3`])
    expect(await client.refusal('next', { threadId: 1, granularity: 'mile' })).toContain('granularity')
  })

  test('into one of the calls of a line', async () => {
    await client.begin({ program: wat, stopOnEntry: true }, () => client.ask('setBreakpoints', lines(58)))
    await client.go('continue')
    const [top] = await client.frames()
    const { targets } = (await client.ask('stepInTargets', { frameId: top!.id })) as unknown as { targets: { id: number; label: string }[] }
    expect(targets.map(({ label }) => label)).toEqual(['call $loop'])
    await client.go('stepIn', { threadId: 1, targetId: targets[0]!.id })
    expect((await client.frames())[0]!.name).toBe('loop')
  })
})

describe('looking', () => {
  test('threads, frames by page, scopes', async () => {
    await client.begin({ program: wat }, () => client.ask('setBreakpoints', lines(17)))
    expect((await client.threadsRequest()).body.threads).toEqual([{ id: 1, name: 'thread 1' }])
    const all = (await client.stackTraceRequest({ threadId: 1 })).body
    expect(all.stackFrames.map(({ name, line }) => `${name}:${line}`)).toEqual(['add:17', 'loop:24', '_start:58'])
    expect(all.totalFrames).toBe(3)
    const page = (await client.stackTraceRequest({ threadId: 1, startFrame: 1, levels: 1, format: { parameters: true } })).body
    expect(page.stackFrames.map(({ name, id }) => [name, id])).toEqual([['loop(n=5)', all.stackFrames[1]!.id]])
    expect(shown(await client.scope('Locals', all.stackFrames[1]!.id))).toBe('n=5 i=0 total=0')
    const { scopes } = (await client.scopesRequest({ frameId: all.stackFrames[0]!.id })).body
    expect(scopes.map(({ name }) => name)).toEqual(['Locals', 'Globals', 'Tables', 'Memories'])
    expect(await client.refusal('stackTrace', { threadId: 9 })).toBe('there is no thread 9')
    expect(await client.refusal('scopes', { frameId: 99 })).toContain('no frame 99')
    expect(await client.refusal('variables', { variablesReference: 12345 })).toContain('no variable reference 12345')
  })

  test('vectors, structures, arrays, references, tables, memories, page by page', async () => {
    await client.begin({ program: wat, invoke: 'values' }, () => client.ask('setBreakpoints', lines(36)))
    const locals = await client.scope('Locals')
    expect(locals.map(({ name, type, value }) => `${name}: ${type} = ${value}`)).toEqual([
      'v: v128 = 0x00000004000000030000000200000001',
      'node: (ref null $node) = struct{5 struct}',
      expect.stringMatching(/^bytes: \(ref null \$bytes\) = array\[300\]\{-1 -1/) as string,
      expect.stringMatching(/^f: funcref = func:\d+ add$/) as string,
      'd: f64 = 2.5',
    ])
    const [v, node, bytes] = locals
    const shapes = await client.inside(v!.variablesReference)
    expect(shapes.map(({ name }) => name)).toEqual(['i8x16', 'i16x8', 'i32x4', 'i64x2', 'f32x4', 'f64x2'])
    expect(shapes[2]).toMatchObject({ value: '1 2 3 4', indexedVariables: 4 })
    expect(shown(await client.inside(shapes[2]!.variablesReference, { start: 1, count: 2 }))).toBe('[1]=2 [2]=3')
    const fields = await client.inside(node!.variablesReference)
    expect(shown(fields)).toBe('value=5 next=struct{6 null}')
    expect(shown(await client.inside(fields[1]!.variablesReference))).toBe('value=6 next=null')
    expect(bytes!.indexedVariables).toBe(300)
    expect(await client.inside(bytes!.variablesReference, { start: 290, count: 100, filter: 'indexed' })).toHaveLength(10)
    expect(await client.inside(bytes!.variablesReference, { filter: 'named' })).toEqual([])
    const [table] = await client.scope('Tables')
    expect(table).toMatchObject({ name: 't', value: '8 elements', type: 'funcref', indexedVariables: 8 })
    expect(shown(await client.inside(table!.variablesReference, { start: 0, count: 3 }))).toMatch(
      /^\[0\]=null \[1\]=func:\d+ add \[2\]=func:\d+ loop$/,
    )
    const memories = await client.scope('Memories')
    expect(memories.map(({ name, value, memoryReference }) => [name, value, memoryReference])).toEqual([
      ['memory 0', '65536 bytes, 1 page', '0x0'],
      ['second', '65536 bytes, 1 page', 'memory1:0x0'],
    ])
    const [row] = await client.inside(memories[0]!.variablesReference, { start: 1, count: 1 })
    expect(row).toMatchObject({ name: '0x00000010', value: '68 65 6c 6c 6f 20 66 72 6f 6d 20 77 61 74 0a 00  hello from wat..' })
    const hex = await client.inside(await client.scopeReference('Globals'), { format: { hex: true } })
    expect(shown(hex)).toBe('counter=0x0 fixed=0x4d')
  })

  test('everything can be changed', async () => {
    await client.begin({ program: wat, invoke: 'values' }, () => client.ask('setBreakpoints', lines(36)))
    const set = async (variablesReference: number, name: string, value: string): Promise<string> =>
      (await client.setVariableRequest({ variablesReference, name, value })).body.value
    const locals = await client.scopeReference('Locals')
    expect(await set(locals, 'd', '1 / 4.0')).toBe('0.25')
    expect(await set(locals, 'v', '0xff')).toBe('0x000000000000000000000000000000ff')
    const [v, node, bytes] = await client.inside(locals)
    const shapes = await client.inside(v!.variablesReference)
    expect(await set(shapes[0]!.variablesReference, '[15]', '-1')).toBe('-1')
    expect((await client.inside(locals))[0]!.value).toBe('0xff0000000000000000000000000000ff')
    expect(await set(node!.variablesReference, 'value', '55')).toBe('55')
    expect(await set(node!.variablesReference, 'next', 'null')).toBe('null')
    expect(await set(bytes!.variablesReference, '[299]', '7')).toBe('7')
    expect((await client.inside(locals))[1]!.value).toBe('struct{55 null}')
    const globals = await client.scopeReference('Globals')
    expect(await set(globals, 'counter', '-5')).toBe('-5')
    expect(await client.refusal('setVariable', { variablesReference: globals, name: 'fixed', value: '1' })).toBe('fixed cannot be changed')
    expect(await client.refusal('setVariable', { variablesReference: globals, name: 'counter', value: '1.5' })).toContain(
      'is not a value of type i32',
    )
    expect(await client.refusal('setVariable', { variablesReference: globals, name: 'nobody', value: '1' })).toBe('there is no nobody here')
    const [table] = await client.scope('Tables')
    expect(await set(table!.variablesReference, '[0]', 'func:1')).toContain('func:1')
    expect(await client.ask('setExpression', { expression: 'd', value: '-inf' })).toMatchObject({ value: '-inf', type: 'f64' })
    expect(await client.ask('setExpression', { expression: 'i32[64]', value: '99' })).toMatchObject({ value: '99' })
    expect(await client.ask('evaluate', { expression: 'i32[64] + 1' })).toMatchObject({ result: '100', type: 'i32' })
  })

  test('evaluate: watch, hover, console; completions', async () => {
    await client.begin({ program: wat, invoke: 'loop', args: ['9'] }, () =>
      client.ask('setBreakpoints', lines({ line: 17, condition: 'b == 3' })),
    )
    const [, caller] = await client.frames()
    const value = async (expression: string, more: object = {}): Promise<string> =>
      (await client.ask('evaluate', { expression, ...more }))['result']!
    expect(await value('a + b * 2', { context: 'watch' })).toBe('9')
    expect(await value('n', { frameId: caller!.id, context: 'watch' })).toBe('9')
    expect(await value('$a', { context: 'hover' })).toBe('3')
    expect(await value('u8[16]', { format: { hex: true } })).toBe('0x68')
    expect(await value('i32.add', { context: 'hover' })).toMatch(/^i32\.add \[i32 i32\] -> \[i32\]: /)
    expect(await client.refusal('evaluate', { expression: 'n', context: 'watch' })).toContain('there is no n here')
    expect(await client.refusal('evaluate', { expression: '' })).toBe('there is no expression')
    expect(await value('b = 100', { context: 'repl' })).toBe('100')
    expect(await value('b', { context: 'repl' })).toBe('100')
    expect(await value('u16[0x20, 1] = 513', { context: 'repl' })).toBe('513')
    expect(await value('u8[0x21, 1]')).toBe('2')
    expect(await value('call div(a * 10, 3)', { context: 'repl' })).toBe('10')
    expect(await client.refusal('evaluate', { expression: 'call div(1, 0)', context: 'repl' })).toContain('integer divide by zero')
    expect(await client.refusal('evaluate', { expression: 'call nobody()', context: 'repl' })).toContain('no exported function')
    expect(await value('help', { context: 'repl' })).toContain('stack[0]')
    const { targets } = (await client.ask('completions', { text: '1 + $co', column: 8 })) as unknown as { targets: object[] }
    expect(targets).toEqual([{ label: 'counter', text: 'counter', start: 5, length: 3 }])
    expect(await client.ask('completions', { text: 'call l', column: 7 })).toMatchObject({
      targets: [{ label: 'loop', start: 6, length: 1 }],
    })
  })

  test('sources, disassembly, modules', async () => {
    await client.begin({ program: wat, stopOnEntry: true })
    expect(await client.ask('loadedSources')).toEqual({ sources: [{ name: 'all.wat', path: wat }] })
    expect((await client.ask('source', { source: { path: wat }, sourceReference: 0 }))['content']).toBe(readFileSync(wat, 'utf8'))
    expect(await client.refusal('source', { sourceReference: 77 })).toBe('there is no such source')
    expect(await client.ask('modules', {})).toMatchObject({ totalModules: 1, modules: [{ name: 'all.wat', symbolStatus: 'names' }] })
    const [top] = await client.frames()
    const list = async (args: object): Promise<{ address: string; instruction: string; presentationHint?: string }[]> =>
      (await client.ask('disassemble', { memoryReference: top!.instructionPointerReference, ...args }))['instructions']!
    const here = await list({ instructionOffset: -1, instructionCount: 4 })
    expect(here.map(({ instruction }) => instruction)).toEqual(['end', 'call $print', 'i32.const 5', 'call $loop'])
    expect(here[1]).toMatchObject({ address: top!.instructionPointerReference, symbol: '_start', line: 57, location: { path: wat } })
    const before = await list({ memoryReference: '0x0', instructionOffset: -3, instructionCount: 4 })
    expect(before.map(({ presentationHint }) => presentationHint)).toEqual(['invalid', 'invalid', 'invalid', undefined])
    const behind = await list({ instructionOffset: 3, instructionCount: 6 })
    expect(behind.map(({ instruction }) => instruction)).toEqual(['drop', 'end', '', '', '', ''])
    expect(await list({ instructionOffset: 1e9, instructionCount: 2 })).toHaveLength(2)
    expect(await list({ instructionOffset: -1e9, instructionCount: 2 })).toHaveLength(2)
    expect(await client.refusal('disassemble', { memoryReference: '0x0', instructionCount: 1e9 })).toContain('too many')
    expect(await client.refusal('disassemble', { memoryReference: 'main', instructionCount: 1 })).toContain("'main' is no place in code")
  })

  test('memory is read and written, and the client is told of changes', async () => {
    const initialized = client.waitForEvent('initialized')
    const stopped = client.next('stopped')
    await client.ask('initialize', { adapterID: 'vitrine', supportsMemoryEvent: true, supportsInvalidatedEvent: true })
    await client.ask('launch', { program: wat, stopOnEntry: true })
    await initialized
    await client.configurationDoneRequest()
    await stopped
    const read = (args: object): Promise<unknown> => client.ask('readMemory', args)
    const hello = Buffer.from('hello').toString('base64')
    expect(await read({ memoryReference: '0x10', count: 5 })).toEqual({ address: '0x10', data: hello })
    expect(await read({ memoryReference: '16', offset: -16, count: 2 })).toEqual({ address: '0x0', data: 'AAA=' })
    expect(await read({ memoryReference: '0xfffe', count: 5 })).toEqual({ address: '0xfffe', data: 'AAA=', unreadableBytes: 3 })
    expect(await read({ memoryReference: '0x20000', count: 5 })).toEqual({ address: '0x20000', unreadableBytes: 5 })
    expect(await read({ memoryReference: '0x0', offset: -4, count: 9 })).toEqual({ address: '0x0', unreadableBytes: 4 })
    expect(await read({ memoryReference: '0x0', count: 1e15 })).toMatchObject({ unreadableBytes: 1e15 - 65536 })
    const write = (args: object): Promise<unknown> => client.ask('writeMemory', args)
    const changed = client.next('memory')
    expect(await write({ memoryReference: 'memory1:0x8', offset: 1, data: hello })).toEqual({ offset: 1, bytesWritten: 5 })
    expect(await changed).toEqual({ memoryReference: 'memory1:0x9', offset: 0, count: 5 })
    await expect.poll(() => client.events('invalidated'), { timeout: 20_000 }).toEqual([{ areas: ['variables'] }])
    expect(await read({ memoryReference: 'memory1:0x9', count: 5 })).toMatchObject({ data: hello })
    expect(await write({ memoryReference: '0xfffe', data: hello, allowPartial: true })).toEqual({ offset: 0, bytesWritten: 2 })
    expect(await client.refusal('writeMemory', { memoryReference: '0xfffe', data: hello })).toContain('do not fit')
    expect(await client.refusal('writeMemory', { memoryReference: '0x0', data: '!' })).toBe('data is not Base64')
    expect(await client.refusal('readMemory', { memoryReference: 'memory7:0x0', count: 1 })).toBe('there is no memory 7')
    expect(await client.refusal('readMemory', { memoryReference: 'there', count: 1 })).toContain("'there' is no place in memory")
    expect(await client.refusal('readMemory', { memoryReference: '0x0', count: -1 })).toContain('at least 0')
  })

  test('lines and columns from 0, paths as URIs', async () => {
    const initialized = client.waitForEvent('initialized')
    const stopped = client.next('stopped')
    await client.ask('initialize', { adapterID: 'vitrine', linesStartAt1: false, columnsStartAt1: false, pathFormat: 'uri' })
    await client.ask('launch', { program: wat })
    await initialized
    const url = pathToFileURL(wat).href
    const answer = await client.ask('setBreakpoints', { source: { path: url }, breakpoints: [{ line: 16 }] })
    expect(answer).toMatchObject({ breakpoints: [{ verified: true, line: 16, source: { path: url } }] })
    await client.configurationDoneRequest()
    await stopped
    expect((await client.frames())[0]).toMatchObject({ line: 16, column: 29, source: { path: url } })
    expect(await client.ask('breakpointLocations', { source: { path: url }, line: 16 })).toMatchObject({
      breakpoints: [{ line: 16, column: 4 }, {}, {}, {}],
    })
  })
})
