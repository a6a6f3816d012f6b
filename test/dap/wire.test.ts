/** `vitrine dap` and clients that misbehave, leave, or are several: no crash, a clear error, no process left behind. */
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { frame } from '../../src/dap/framing.ts'
import { repoRoot } from '../helpers/files.ts'
import { useAdapter } from './client.ts'

const wat = join(repoRoot, 'test/dap/all.wat')

const dap = useAdapter()
/** An adapter on pipes, without the test client: for whatever that does not do. */
class Raw {
  readonly child: ChildProcessWithoutNullStreams
  readonly exited: Promise<number | null>
  output = ''
  errors = ''
  private seq = 1

  constructor() {
    this.child = spawn(process.execPath, [dap.main, 'dap'])
    this.child.stdout.on('data', (chunk: Buffer) => (this.output += chunk.toString()))
    this.child.stderr.on('data', (chunk: Buffer) => (this.errors += chunk.toString()))
    this.child.stdin.on('error', () => {})
    this.exited = new Promise((resolve) => this.child.on('exit', resolve))
  }
  send(command: string, args?: unknown): number {
    this.child.stdin.write(frame({ seq: this.seq, type: 'request', command, arguments: args }))
    return this.seq++
  }
  async until(text: string): Promise<void> {
    await expect.poll(() => this.output, { timeout: 20_000 }).toContain(text)
  }
  /** Up to a program that runs for ever. */
  async spin(): Promise<void> {
    this.send('initialize', {})
    this.send('launch', { program: wat, invoke: 'spin' })
    await this.until('"initialized"')
    this.send('configurationDone')
    await this.until('"command":"configurationDone"')
  }
}

describe('a client that leaves', () => {
  test('in the middle of a running program: the adapter ends', async () => {
    const raw = new Raw()
    await raw.spin()
    raw.child.stdin.end()
    expect(await raw.exited).toBe(0)
  })

  test('in the middle of a stop', async () => {
    const raw = new Raw()
    raw.send('initialize', {})
    raw.send('launch', { program: wat, stopOnEntry: true })
    raw.send('configurationDone')
    await raw.until('"stopped"')
    raw.child.stdin.end()
    expect(await raw.exited).toBe(0)
  })

  test('before anything', async () => {
    const raw = new Raw()
    raw.child.stdin.end()
    expect(await raw.exited).toBe(0)
  })

  test('in the middle of a message, with nobody reading any more', async () => {
    const raw = new Raw()
    await raw.spin()
    raw.child.stdout.destroy()
    raw.child.stdin.end('Content-Length: 100\r\n\r\n{')
    expect(await raw.exited).toBe(0)
  })

  test('while the program waits for ever in a host call, or a call of the console runs for ever', async () => {
    const sleeper = join(dap.dir, 'sleep.wat')
    writeFileSync(
      sleeper,
      `(module (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1)
        (func (export "_start")
          (i32.store (i32.const 16) (i32.const 1)) (i64.store (i32.const 24) (i64.const 1000000000000))
          (drop (call $poll (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128)))))`,
    )
    const raw = new Raw()
    raw.send('initialize', {})
    raw.send('launch', { program: sleeper })
    raw.send('configurationDone')
    await raw.until('"command":"configurationDone"')
    raw.send('pause', { threadId: 1 })
    await raw.until('"stopped"')
    raw.send('stackTrace', { threadId: 1 })
    raw.child.stdin.end()
    expect(await raw.exited).toBe(0)

    const other = new Raw()
    other.send('initialize', {})
    other.send('launch', { program: wat, stopOnEntry: true })
    other.send('configurationDone')
    await other.until('"stopped"')
    other.send('evaluate', { expression: 'call spin()', context: 'repl' })
    other.child.stdin.end()
    expect(await other.exited).toBe(0)
  })

  test('with disconnect; the program ends, or goes on if it is to be left', async () => {
    for (const terminateDebuggee of [true, false]) {
      const target = join(dap.dir, `left-${terminateDebuggee}`)
      const program = join(dap.dir, 'writer.wat')
      writeFileSync(
        program,
        `(module (import "wasi_snapshot_preview1" "path_create_directory" (func $mkdir (param i32 i32 i32) (result i32)))
          (memory (export "memory") 1) (data (i32.const 8) "left-${terminateDebuggee}")
          (func (export "_start") (local $i i32)
            (loop $l (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 3000000))))
            (drop (call $mkdir (i32.const 3) (i32.const 8) (i32.const ${`left-${terminateDebuggee}`.length})))))`,
      )
      const raw = new Raw()
      raw.send('initialize', {})
      raw.send('launch', { program, dirs: [`${dap.dir}::/`], stopOnEntry: true })
      raw.send('configurationDone')
      await raw.until('"stopped"')
      raw.send('disconnect', { terminateDebuggee })
      expect(await raw.exited).toBe(0)
      expect(existsSync(target)).toBe(!terminateDebuggee)
    }
  })

  test('of a server: its program ends, others stay', async () => {
    const stays = await dap.connect()
    await stays.begin({ program: wat, stopOnEntry: true })
    const socket = connect(dap.server.port, '127.0.0.1')
    let output = ''
    socket.on('data', (chunk: Buffer) => (output += chunk.toString()))
    socket.write(
      Buffer.concat([
        frame({ seq: 1, type: 'request', command: 'initialize' }),
        frame({ seq: 2, type: 'request', command: 'launch', arguments: { program: wat, invoke: 'spin' } }),
        frame({ seq: 3, type: 'request', command: 'configurationDone' }),
      ]),
    )
    await expect.poll(() => output, { timeout: 20_000 }).toContain('"initialized"')
    socket.destroy()
    await stays.finish()
    expect(stays.output('stdout')).toBe('hello from wat\n')
    await stays.stop()
    if (!existsSync('/proc/self/stat')) return
    const ticks = (): number => {
      const fields = readFileSync(`/proc/${dap.server.process.pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ')
      return Number(fields[11]) + Number(fields[12])
    }
    // A program that still ran would take all of a core.
    await expect
      .poll(
        async () => {
          const before = ticks()
          await new Promise((resolve) => setTimeout(resolve, 300))
          return ticks() - before
        },
        { timeout: 20_000 },
      )
      .toBeLessThan(5)
  })
})

describe('two clients at once', () => {
  test('each has its own program, breakpoints and stops', async () => {
    const [one, two] = [await dap.connect(), await dap.connect()]
    const at = (line: number): object => ({ source: { path: wat }, breakpoints: [{ line }] })
    const [first, second] = await Promise.all([
      one.begin({ program: wat, invoke: 'loop', args: ['4'] }, () => one.ask('setBreakpoints', at(17))),
      two.begin({ program: wat, invoke: 'loop', args: ['3'] }, () => two.ask('setBreakpoints', at(25))),
    ])
    expect([first.reason, second.reason]).toEqual(['breakpoint', 'breakpoint'])
    expect(await Promise.all([one.where(), two.where()])).toEqual(['add:17', 'loop:25'])
    await Promise.all([one.go('continue'), two.go('continue')])
    await one.ask('evaluate', { expression: 'b = 100', context: 'repl' })
    expect((await two.scope('Locals')).map(({ value }) => value)).toEqual(['3', '1', '1'])
    await Promise.all([one.ask('setBreakpoints', { source: { path: wat } }), two.ask('setBreakpoints', { source: { path: wat } })])
    await Promise.all([one.finish(), two.finish()])
    expect([one.output('console'), two.output('console')]).toEqual(['105\n', '3\n'])
    expect([...one.wrong, ...two.wrong]).toEqual([])
    await one.stop()
    await two.stop()
  })

  test('one that runs for ever does not stop the other', async () => {
    const [one, two] = [await dap.connect(), await dap.connect()]
    const initialized = one.waitForEvent('initialized')
    await one.initializeRequest()
    await one.ask('launch', { program: wat, invoke: 'spin' })
    await initialized
    await one.configurationDoneRequest()
    await two.run({ program: wat })
    expect(two.output('stdout')).toBe('hello from wat\n')
    await one.go('pause')
    await one.stop()
    await two.stop()
  })
})

describe('input that is no protocol', () => {
  test.each([
    ['Content-Length: x\r\n\r\n', 'Content-Length is no number'],
    ['Content-Length: 99999999999\r\n\r\n', 'is longer than'],
    ['Hello\r\n\r\n', 'without a colon'],
    ['x'.repeat(10_000), 'longer than 4096 bytes'],
    ['POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}', 'without a colon'],
  ])('%j ends the session with a word', async (text, message) => {
    const raw = new Raw()
    raw.child.stdin.write(text)
    expect(await raw.exited).toBe(0)
    expect(raw.output).toContain(message)
    expect(raw.output).toContain('"terminated"')
    expect(raw.errors).toBe('')
  })

  test.each([
    'nonsense',
    '[1]',
    '5',
    'null',
    '"text"',
    '{}',
    '{"type":"request"}',
    '{"type":"request","seq":"1","command":5}',
    '\u00ff',
    '[['.repeat(50_000),
  ])('a message that is %j is told, and the session goes on', async (text) => {
    const socket = connect(dap.server.port, '127.0.0.1')
    let output = ''
    socket.on('data', (chunk: Buffer) => (output += chunk.toString()))
    const bytes = Buffer.from(text, text === '\u00ff' ? 'latin1' : 'utf8')
    const header = Buffer.from(`Content-Length: ${bytes.length}\r\n\r\n`)
    socket.write(Buffer.concat([header, bytes, frame({ seq: 1, type: 'request', command: 'initialize' })]))
    await expect.poll(() => output, { timeout: 20_000 }).toContain('supportsConfigurationDoneRequest')
    expect(output).toMatch(/a message is not JSON|a message is no object|a request needs type/)
    const closed = new Promise((resolve) => socket.on('close', resolve))
    socket.end()
    await closed
  })

  test('requests out of order, unknown ones, and arguments of wrong types', async () => {
    const client = await dap.connect()
    expect(await client.refusal('launch', { program: wat })).toBe("'launch' came before 'initialize'")
    expect(await client.refusal('cancel', {})).toContain('before')
    await client.initializeRequest()
    expect(await client.refusal('initialize', {})).toBe("'initialize' came twice")
    for (const command of ['gotoTargets', 'reverseContinue', 'stepBack', 'moon', 'constructor', '__proto__', 'toString', ''])
      expect(await client.refusal(command, {})).toBe(`there is no request '${command}' here`)
    for (const command of ['continue', 'stackTrace', 'threads', 'variables', 'readMemory', 'loadedSources', 'pause', 'terminate']) {
      if (command !== 'threads') expect(await client.refusal(command, { threadId: 1 })).toBe('there is no program')
    }
    expect(await client.refusal('restart', {})).toContain('only a program that was launched')
    expect(await client.refusal('attach', {})).toContain('vitrine run --dap PORT')
    const initialized = client.waitForEvent('initialized')
    const stopped = client.next('stopped')
    await client.ask('launch', { program: wat, stopOnEntry: true })
    await initialized
    expect(await client.refusal('launch', { program: wat })).toBe('this session has a program already')
    await client.configurationDoneRequest()
    expect(await client.refusal('configurationDone')).toBe("'configurationDone' came twice")
    await stopped
    const wrong: [string, unknown, string][] = [
      ['continue', { threadId: 'one' }, 'continue.threadId must be a whole number, not a string'],
      ['continue', {}, 'continue.threadId is missing'],
      ['continue', [1], 'continue must be an object, not an array'],
      ['continue', 'x', 'continue must be an object, not a string'],
      ['next', { threadId: 77 }, 'there is no thread 77'],
      ['setBreakpoints', { source: { path: 5 } }, 'setBreakpoints.source.path must be a string'],
      ['setBreakpoints', { source: {} }, 'neither a path nor a sourceReference'],
      [
        'setBreakpoints',
        { source: { path: wat }, breakpoints: [{ line: 1 }, null] },
        'setBreakpoints.breakpoints[1] must be an object, not null',
      ],
      [
        'setBreakpoints',
        { source: { path: wat }, breakpoints: [{ line: 1.5 }] },
        'setBreakpoints.breakpoints[0].line must be a whole number, not 1.5',
      ],
      [
        'setBreakpoints',
        { source: { path: wat }, breakpoints: { length: 1e9 } },
        'must be an array, not a object'.replace('a object', 'a'),
      ],
      ['setFunctionBreakpoints', { breakpoints: [{}] }, 'setFunctionBreakpoints.breakpoints[0].name is missing'],
      ['setExceptionBreakpoints', { filters: [1] }, 'setExceptionBreakpoints.filters[0] must be a string, not a number'],
      ['evaluate', { expression: { a: 1 } }, 'evaluate.expression must be a string'],
      ['evaluate', { expression: 'x'.repeat(100_000) }, 'there is no'],
      ['evaluate', { expression: '('.repeat(100_000) }, 'nested'],
      ['stackTrace', { threadId: 1, levels: -1 }, 'stackTrace.levels must be at least 0'],
      ['stackTrace', { threadId: 1, format: 7 }, 'stackTrace.format must be an object'],
      ['variables', { variablesReference: 2 ** 60 }, 'variables.variablesReference must be a whole number'],
      ['disassemble', { memoryReference: '0x0' }, 'disassemble.instructionCount is missing'],
      ['source', { sourceReference: 'a' }, 'source.sourceReference must be a whole number'],
    ]
    for (const [command, args, message] of wrong) expect(await client.refusal(command, args)).toContain(message)
    // The program is unharmed.
    await client.finish()
    expect(client.output('stdout')).toBe('hello from wat\n')
    expect(client.wrong).toEqual([])
    await client.stop()
  })
})

test('mistakes on the command line', () => {
  const run = (...args: string[]): string => {
    const { status, stderr, stdout } = spawnSync(process.execPath, [dap.main, 'dap', ...args], { encoding: 'utf8', input: '' })
    return `${status} ${stdout}${stderr}`
  }
  expect(run('prog.wasm')).toMatch(/^2 vitrine: dap takes no file, not 'prog.wasm'/)
  expect(run('--port', 'here')).toMatch(/^2 vitrine: .*'here' is no address/)
  expect(run('--port', '70000')).toMatch(/^2 vitrine: /)
  expect(run('--port', String(dap.server.port))).toMatch(/^2 vitrine: .*EADDRINUSE/)
})

describe('cancel', () => {
  test('a request that waits, and a call that runs for ever', async () => {
    const raw = new Raw()
    raw.send('initialize', {})
    raw.send('launch', { program: wat, stopOnEntry: true })
    raw.send('configurationDone')
    await raw.until('"stopped"')
    const call = raw.send('evaluate', { expression: 'call spin()', context: 'repl' })
    await new Promise((resolve) => setTimeout(resolve, 100))
    raw.send('cancel', { requestId: call })
    await raw.until(`"request_seq":${call},"command":"evaluate","success":false,"message":"cancelled"`)
    raw.send('evaluate', { expression: '1 + 1', context: 'repl' })
    await raw.until('"result":"2"')
    const next = call + 3
    raw.child.stdin.write(
      Buffer.concat([
        frame({ seq: next, type: 'request', command: 'loadedSources' }),
        frame({ seq: next + 1, type: 'request', command: 'modules' }),
        frame({ seq: next + 2, type: 'request', command: 'cancel', arguments: { requestId: next + 1 } }),
      ]),
    )
    await raw.until(`"request_seq":${next + 1},"command":"modules","success":false,"message":"cancelled"`)
    await raw.until(`"request_seq":${next},"command":"loadedSources","success":true`)
    raw.child.stdin.end()
    expect(await raw.exited).toBe(0)
  })
})
