/**
 * The terminal debugger in a terminal: a pseudo-terminal of `script` (util-linux), where there is one. Keys are typed one by one;
 * what comes back is what a person would see, escape sequences included.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { bundleCommand } from '../helpers/command.ts'
import { repoRoot } from '../helpers/files.ts'

const has = spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux') === true
if (!has) console.warn('NOT RUN: the debugger in a terminal, because there is no script of util-linux')

describe.skipIf(!has)('a terminal', () => {
  let dir = ''
  let main = ''
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'vitrine-terminal-'))
    main = await bundleCommand(dir)
  })
  afterAll(() => rmSync(dir, { recursive: true, force: true }))

  class Terminal {
    screen = ''
    private readonly child: ChildProcess
    private seen = 0
    readonly ended: Promise<number | null>

    constructor(args: string, env: Record<string, string | undefined> = {}) {
      const words = { ...process.env, TERM: 'xterm', NO_COLOR: undefined, FORCE_COLOR: undefined, ...env }
      this.child = spawn('script', ['-qec', `${process.execPath} ${main} debug ${args}`, '/dev/null'], {
        cwd: join(repoRoot, 'examples/guests'),
        env: words,
      })
      this.child.stdout!.on('data', (chunk: Buffer) => (this.screen += chunk.toString()))
      this.ended = new Promise((resolve) => this.child.on('exit', (code) => resolve(code)))
    }
    type(keys: string): void {
      this.child.stdin!.write(keys)
    }
    /** Waits for a text behind what was waited for before. */
    async until(text: string): Promise<string> {
      await vi
        .waitUntil(() => this.screen.includes(text, this.seen), { timeout: 20_000 })
        .catch(() => {
          throw new Error(`'${text}' does not come; the screen is ${JSON.stringify(this.screen.slice(this.seen))}`)
        })
      const end = this.screen.indexOf(text, this.seen) + text.length
      const passed = this.screen.slice(this.seen, end)
      this.seen = end
      return passed
    }
    close(): void {
      this.child.kill('SIGKILL')
    }
  }
  const open: Terminal[] = []
  afterEach(() => open.splice(0).forEach((terminal) => terminal.close()))
  const start = (args: string, env?: Record<string, string | undefined>): Terminal => {
    const terminal = new Terminal(args, env)
    open.push(terminal)
    return terminal
  }

  test('completion, history, an empty line, colours', async () => {
    const t = start('--invoke fac wat/fac.wat 3')
    expect(await t.until('(vitrine) ')).toContain('\x1b[1mentry in fac\x1b[0m')
    t.type('bre\t')
    await t.until('break')
    t.type(' fac-c\t')
    await t.until('fac-checked')
    t.type('\r')
    await t.until('breakpoint 2 at fac-checked')
    t.type('info b\t\t')
    await t.until('reakpoints')
    t.type('\r')
    await t.until('2  func fac-checked')
    await t.until('(vitrine) ')
    // The line before.
    t.type('\x1b[A\x1b[A\r')
    await t.until('breakpoint 3 at fac-checked')
    t.type('step\r')
    await t.until('i64.eqz')
    await t.until('(vitrine) ')
    t.type('\r')
    expect(await t.until('(vitrine) ')).toContain('\x1b[1m >      6:5  if (result i64)\x1b[0m')
    t.type('print nothing\r')
    await t.until("\x1b[31merror: in 'nothing': there is no nothing here (column 1)\x1b[0m")
    t.type('quit\r')
    expect(await t.ended).toBe(0)
  })

  test('the key for an interrupt pauses an endless loop, and a guest that waits; NO_COLOR', async () => {
    writeFileSync(join(dir, 'spin.wat'), '(module (func $spin (export "spin") (param $n i32) (loop $l (br_if $l (local.get $n)))))')
    const t = start(`--invoke spin ${join(dir, 'spin.wat')} 1`, { NO_COLOR: '1' })
    await t.until('(vitrine) ')
    for (let i = 0; i < 2; i++) {
      t.type('continue\r')
      await t.until('continue')
      await new Promise((resolve) => setTimeout(resolve, 200))
      t.type('\x03')
      await t.until('paused in spin (thread 1, tick ')
      await t.until('(vitrine) ')
    }
    t.type('set n = 0\r')
    await t.until('n = 0')
    t.type('continue\r')
    await t.until('the program has ended: exit code 0')
    // Colours are ESC [ numbers m; readline moves the cursor with others.
    // oxlint-disable-next-line no-control-regex -- that is what is looked for
    expect(t.screen).not.toMatch(/\x1b\[\d+m/)
    t.type('\x04')
    expect(await t.ended).toBe(0)
  })

  test('the guest has a terminal of its own', async () => {
    // Another pseudo-terminal, whose name is told by whoever holds it.
    const name = join(dir, 'name')
    const other = spawn('script', ['-qec', `sh -c 'stty -echo; tty > ${name}; sleep 60'`, '/dev/null'])
    let shown = ''
    other.stdout.on('data', (chunk: Buffer) => (shown += chunk.toString()))
    try {
      await vi.waitUntil(() => readFileSync(name, { encoding: 'utf8', flag: 'a+' }).endsWith('\n'), { timeout: 20_000 })
      const t = start(`--tty ${readFileSync(name, 'utf8').trim()} c/cat-upper.wasm`)
      await t.until('(vitrine) ')
      t.type('continue\r')
      await t.until('continue')
      await new Promise((resolve) => setTimeout(resolve, 300))
      other.stdin.write('glass\n')
      await vi.waitUntil(() => shown.includes('GLASS'), { timeout: 20_000 })
      // It waits in a host call.
      t.type('\x03')
      await t.until('paused in ')
      t.type('info threads\r')
      await t.until('in a host call')
      t.type('quit\r')
      expect(await t.ended).toBe(0)
      expect(t.screen).not.toContain('GLASS')
    } finally {
      other.kill('SIGKILL')
    }
  })
})
