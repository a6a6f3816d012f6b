/** `vitrine dap` on programs of other kinds: C with names only, large modules, threads, and one that runs already. */
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { watToWasm } from '../../src/text/index.ts'
import { repoRoot } from '../helpers/files.ts'
import { type Client, useAdapter } from './client.ts'

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

/** The lines of a source. */
async function linesOf(reference: number): Promise<string[]> {
  return (await client.sourceRequest({ sourceReference: reference })).body.content.split('\n')
}

describe('a C program', () => {
  const launch = { program: guest('c/recursion.wasm') }

  test('the printed module is its source', async () => {
    await client.begin({ ...launch, stopOnEntry: true })
    const { sources } = (await client.ask('loadedSources')) as unknown as { sources: { name: string; sourceReference: number }[] }
    expect(sources).toMatchObject([{ name: 'recursion.wasm.wat', sourceReference: 1, origin: 'printed' }])
    const text = await linesOf(1)
    const line = text.findIndex((row) => /\(func \$fib\b/.test(row)) + 1
    const { breakpoints } = (await client.ask('setBreakpoints', {
      source: sources[0],
      breakpoints: [{ line, condition: 'n != 0' }, { line: line + 3 }],
    })) as unknown as { breakpoints: { verified: boolean; line: number; message?: string }[] }
    // The name section has no names of locals: `n` is unknown, `$0` is it.
    expect(breakpoints[0]).toMatchObject({ verified: false })
    const answer = await client.ask('setBreakpoints', { source: sources[0], breakpoints: [{ line, condition: '$0 == 5' }] })
    expect(answer).toMatchObject({ breakpoints: [{ verified: true }] })
    expect(await client.go('continue')).toMatchObject({ reason: 'breakpoint' })
    const frames = await client.frames()
    expect(frames[0]!.name).toBe('fib')
    expect(frames.map(({ name }) => name)).toContain('__original_main')
    expect(text[frames[0]!.line - 1]!.length).toBeGreaterThan(0)
    expect(frames[0]).toMatchObject({ source: { sourceReference: 1 } })
    // Where the stack pointer was before.
    const globals = await client.scope('Globals')
    expect(globals[0]).toMatchObject({ name: '__stack_pointer', type: 'i32' })
    const [memory] = await client.scope('Memories')
    expect(memory!.memoryReference).toBe('0x0')
    const locals = await client.scope('Locals')
    const pointer = locals.find(({ memoryReference }) => memoryReference !== undefined)!
    const { data } = (await client.ask('readMemory', { memoryReference: pointer.memoryReference, count: 8 })) as unknown as { data: string }
    expect(Buffer.from(data, 'base64')).toHaveLength(8)
    await client.go('next')
    await client.go('stepIn', { threadId: 1, granularity: 'instruction' })
    await client.ask('setBreakpoints', { source: sources[0], breakpoints: [] })
    await client.go('stepOut')
    expect((await client.frames()).length).toBe(frames.length - 1)
    await client.finish()
    expect(client.output('stdout')).toContain('fib(20) = 6765 in 21891 calls')
  })

  test('`wat` writes the text to a file, whose lines are those of breakpoints', async () => {
    const file = join(dap.dir, 'recursion.wat')
    await client.begin({ ...launch, wat: file, stopOnEntry: true })
    const line =
      readFileSync(file, 'utf8')
        .split('\n')
        .findIndex((row) => /\(func \$__original_main\b/.test(row)) + 1
    const answer = await client.ask('setBreakpoints', { source: { path: file }, breakpoints: [{ line }] })
    expect(answer).toMatchObject({ breakpoints: [{ verified: true, source: { path: file } }] })
    expect(await client.go('continue')).toMatchObject({ reason: 'breakpoint' })
    expect((await client.frames())[0]).toMatchObject({ name: '__original_main', source: { path: file } })
  })

  test('every other request', async () => {
    await client.begin({ ...launch, stopOnEntry: true }, () =>
      client.ask('setFunctionBreakpoints', { breakpoints: [{ name: 'fib', condition: '$0 == 7' }] }),
    )
    expect(await client.go('continue')).toMatchObject({ reason: 'function breakpoint' })
    await client.ask('setFunctionBreakpoints', { breakpoints: [] })
    const [top] = await client.frames()
    const { source, line, instructionPointerReference: here } = top!
    expect(await client.ask('modules', {})).toMatchObject({ modules: [{ name: 'recursion.wasm', symbolStatus: 'names' }] })
    const { breakpoints: places } = (await client.ask('breakpointLocations', { source, line, endLine: line + 3 })) as unknown as {
      breakpoints: object[]
    }
    expect(places.length).toBeGreaterThanOrEqual(3)
    const { instructions } = (await client.ask('disassemble', { memoryReference: here, instructionCount: 200 })) as unknown as {
      instructions: { address: string; instruction: string; symbol?: string }[]
    }
    expect(instructions[0]).toMatchObject({ address: here, symbol: 'fib', line })
    const call = instructions.find(({ instruction }) => instruction === 'call $fib')!
    expect(await client.ask('setInstructionBreakpoints', { breakpoints: [{ instructionReference: call.address }] })).toMatchObject({
      breakpoints: [{ verified: true }],
    })
    expect(await client.go('continue')).toMatchObject({ reason: 'instruction breakpoint' })
    await client.ask('setInstructionBreakpoints', { breakpoints: [] })
    const [at] = await client.frames()
    const { targets } = (await client.ask('stepInTargets', { frameId: at!.id })) as unknown as { targets: { id: number; label: string }[] }
    expect(targets.map(({ label }) => label)).toEqual(['call $fib'])
    expect(await client.go('stepIn', { threadId: 1, targetId: targets[0]!.id })).toMatchObject({ reason: 'step' })
    expect((await client.frames()).length).toBeGreaterThan(1)
    expect(await client.ask('evaluate', { expression: '$0 * 2', context: 'watch' })).toMatchObject({ result: '12', type: 'i32' })
    expect(await client.ask('evaluate', { expression: '$0', context: 'hover' })).toMatchObject({ result: '6' })
    expect(await client.ask('evaluate', { expression: '__stack_pointer', context: 'repl' })).toMatchObject({ type: 'i32' })
    expect(await client.ask('completions', { text: '__st', column: 5 })).toMatchObject({ targets: [{ label: '__stack_pointer' }] })
    expect(await client.ask('setExpression', { expression: '$0', value: '1' })).toMatchObject({ value: '1' })
    const locals = await client.scopeReference('Locals')
    expect((await client.setVariableRequest({ variablesReference: locals, name: '$0', value: '2' })).body.value).toBe('2')
    const sp = (await client.scope('Globals'))[0]!
    expect(await client.ask('readMemory', { memoryReference: sp.memoryReference, count: 4 })).toHaveProperty('data')
    expect(await client.ask('writeMemory', { memoryReference: sp.memoryReference, offset: -64, data: 'AQIDBA==' })).toMatchObject({
      bytesWritten: 4,
    })
    const { dataId } = (await client.ask('dataBreakpointInfo', { name: '__stack_pointer' })) as unknown as { dataId: string }
    expect(await client.ask('setDataBreakpoints', { breakpoints: [{ dataId }] })).toMatchObject({ breakpoints: [{ verified: true }] })
    expect(await client.go('continue')).toMatchObject({
      reason: 'data breakpoint',
      text: expect.stringMatching(/^global __stack_pointer: \d+ → \d+$/) as string,
    })
    await client.ask('setDataBreakpoints', { breakpoints: [] })
    expect(await client.refusal('exceptionInfo', { threadId: 1 })).toBe('no exception has stopped the program')
    expect(await client.ask('cancel', { requestId: 1 })).toEqual({})
    expect(await client.go('restart', {})).toMatchObject({ reason: 'entry' })
    const [first] = await client.frames()
    expect((await client.ask('source', { source: first!.source, sourceReference: first!.source!.sourceReference }))['content']).toContain(
      '(func $fib',
    )
    const terminated = client.next('terminated')
    await client.ask('terminate')
    await terminated
  })

  test('functions, host calls, a trap', async () => {
    const set = async (): Promise<void> => {
      await client.ask('setFunctionBreakpoints', { breakpoints: [{ name: 'divide' }, { name: 'fd_write' }] })
      await client.ask('setExceptionBreakpoints', { filters: ['trap', 'uncaught'] })
    }
    expect(await client.begin({ program: guest('c/trap.wasm'), args: ['divide'] }, set)).toMatchObject({ reason: 'function breakpoint' })
    expect((await client.frames())[0]!.name).toMatch(/stdout|stdio|write/)
    expect(await client.go('continue')).toMatchObject({ reason: 'function breakpoint', hitBreakpointIds: [1] })
    expect(await client.go('continue')).toMatchObject({ reason: 'exception', text: 'integer divide by zero' })
    expect((await client.frames()).slice(0, 3).map(({ name }) => name)).toEqual(['divide', 'trap', 'main'])
    await client.finish()
    expect(client.output('stderr')).toContain('trap: integer divide by zero')
  })
})

test('threads: all stop together, each has its frames, one can be stepped', async () => {
  const set = (): Promise<unknown> =>
    client.ask('setFunctionBreakpoints', { breakpoints: [{ name: 'wasi_thread_start', hitCondition: '>= 2' }] })
  await client.begin({ program: guest('c/threads.wasm') }, set)
  const { threads } = (await client.threadsRequest()).body
  expect(threads.length).toBeGreaterThan(1)
  for (const { id } of threads) expect((await client.frames(id)).length).toBeGreaterThan(0)
  expect(client.events('thread').map(({ reason }) => reason)).toContain('started')
  await client.ask('setFunctionBreakpoints', { breakpoints: [] })
  const [first] = threads
  expect(await client.go('stepIn', { threadId: first!.id, granularity: 'instruction' })).toMatchObject({ threadId: first!.id })
  await client.finish('continue', { threadId: first!.id })
  expect(client.events('exited')).toEqual([{ exitCode: 0 }])
})

test('a large module has a source for each function that is looked at', async () => {
  const body = '(drop (i32.const 1000000))'.repeat(60)
  const functions = Array.from({ length: 4000 }, (_, i) => `(func $f${i} ${body})`)
  const program = join(dap.dir, 'large.wasm')
  writeFileSync(program, watToWasm(`(module ${functions.join('\n')} (func (export "run") (call $f7) (call $f1234)))`))
  await client.begin({ program, invoke: 'run' }, async () => {
    const answer = await client.ask('setFunctionBreakpoints', { breakpoints: [{ name: 'f1234' }] })
    expect(answer).toMatchObject({ breakpoints: [{ verified: true, line: 3, source: { name: 'f1234.wat', sourceReference: 1236 } }] })
  })
  const [top, caller] = await client.frames()
  expect(top).toMatchObject({ name: 'f1234', line: 3, source: { name: 'f1234.wat', sourceReference: 1236 } })
  expect(caller).toMatchObject({ name: 'run', source: { name: 'run.wat' } })
  expect(client.events('loadedSource').map(({ source }) => (source as { name: string }).name)).toEqual(['f1234.wat', 'run.wat'])
  const text = await linesOf(1236)
  expect(text.slice(0, 3)).toEqual(
    [';; function 1234', '  (func $f1234', '    i32.const 1000000'].map((row) => expect.stringContaining(row.trim()) as string),
  )
  const answer = await client.ask('setBreakpoints', { source: top!.source, breakpoints: [{ line: 9 }] })
  expect(answer).toMatchObject({ breakpoints: [{ verified: true, line: 9 }] })
  await client.go('next')
  await client.go('continue')
  expect((await client.frames())[0]!.line).toBe(9)
  await client.finish()
})

describe('a program that runs', () => {
  let running: ChildProcess | undefined
  afterEach(() => void running?.kill('SIGKILL'))

  async function start(program: string, ...args: string[]): Promise<number> {
    const child = spawn(process.execPath, [dap.main, 'run', '--dap', '0', ...args, program], { stdio: ['ignore', 'pipe', 'pipe'] })
    running = child
    return new Promise((resolve) => {
      let text = ''
      child.stderr.on('data', (chunk: Buffer) => {
        const found = /listening at 127\.0\.0\.1:(\d+)/.exec((text += chunk.toString()))
        if (found !== null) resolve(Number(found[1]))
      })
    })
  }
  async function attach(port: number, args: object = {}): Promise<Client> {
    const other = await dap.connect(port)
    const initialized = other.waitForEvent('initialized')
    await other.initializeRequest()
    await other.attachRequest(args as never)
    await initialized
    return other
  }

  test.each(['switch', 'closure', 'auto'])('on the executor %s: joined, stopped, left, joined again, ended', async (executor) => {
    const program = join(dap.dir, 'counter.wat')
    writeFileSync(
      program,
      `(module (global $n (mut i32) (i32.const 0))
  (func $tick (param $by i32)
    (global.set $n (i32.add (global.get $n) (local.get $by))))
  (func (export "_start")
    (loop $for-ever
      (call $tick (i32.const 2))
      (br_if $for-ever (i32.ge_s (global.get $n) (i32.const 0))))))`,
    )
    const port = await start(program, '--executor', executor)
    let last = 0
    for (let round = 0; round < 2; round++) {
      const other = await attach(port)
      await other.ask('setBreakpoints', { source: { path: program }, breakpoints: [{ line: 3 }] })
      const stopped = other.next('stopped')
      await other.configurationDoneRequest()
      expect(await stopped).toMatchObject({ reason: 'breakpoint' })
      expect((await other.frames()).map(({ name, line }) => `${name}:${line}`)).toEqual(['tick:3', '_start:6'])
      const n = Number((await other.scope('Globals'))[0]!.value)
      expect(n).toBeGreaterThan(last)
      last = n
      expect(await other.refusal('launch', { program })).toContain('already')
      expect(await other.refusal('restart', {})).toContain('only a program that was launched')
      expect(other.wrong).toEqual([])
      await other.stop()
    }
    const third = await attach(port, { stopOnEntry: true })
    const stopped = third.next('stopped')
    await third.configurationDoneRequest()
    expect(await stopped).toMatchObject({ reason: 'pause' })
    await third.ask('setExpression', { expression: 'n', value: '-100' })
    await third.finish()
    expect(third.events('exited')).toEqual([{ exitCode: 0 }])
    await third.stop()
    expect(await new Promise((resolve) => running!.on('exit', resolve))).toBe(0)
  })

  test('terminate ends it', async () => {
    const port = await start(join(repoRoot, 'test/dap/all.wat'), '--invoke', 'spin')
    const other = await attach(port)
    await other.configurationDoneRequest()
    const exit = new Promise((resolve) => running!.on('exit', resolve))
    await other.ask('terminate')
    await other.stop()
    expect(await exit).toBe(130)
  })
})
