/**
 * Scripted sessions of `vitrine debug`: each `*.session` file begins with a command line (`$ …`), then comes the screen, in which
 * `(vitrine) …` lines are the commands (scripted.ts has the whole notation). Between them they must show every feature for guests
 * of either kind, started under the debugger or joined (covered.ts). `UPDATE_SESSIONS=1 npx vitest run test/debug` writes the
 * screens anew.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bundleCommand } from '../helpers/command.ts'
import { repoRoot } from '../helpers/files.ts'
import { Coverage } from './covered.ts'
import { compareWithReference, isLive, play, readScript } from './scripted.ts'

const here = join(repoRoot, 'test/debug')
const sessions = readdirSync(here).filter((name) => name.endsWith('.session'))

let dir = ''
let main = ''
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'vitrine-debug-'))
  main = await bundleCommand(dir)
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

function screen(args: readonly string[], commands: readonly string[], how: 'pipe' | 'file'): string {
  const script = join(dir, 'commands')
  writeFileSync(script, commands.join('\n'))
  const all = how === 'file' ? ['debug', '--command', script, ...args] : ['debug', ...args]
  const input = how === 'file' ? '' : commands.join('\n')
  const { stdout, stderr, status } = spawnSync(process.execPath, [main, ...all], {
    encoding: 'utf8',
    cwd: join(repoRoot, 'examples/guests'),
    input,
  })
  return `${stdout}${stderr === '' ? '' : `stderr: ${stderr}`}exit code ${status}\n`
}

describe('sessions', () => {
  const before = process.cwd()
  beforeAll(() => process.chdir(join(repoRoot, 'examples/guests')))
  afterAll(() => process.chdir(before))

  test.each(sessions)('%s', { timeout: 120_000 }, async (name) => {
    const text = readFileSync(join(here, name), 'utf8')
    const script = readScript(text)
    const commands = script.acts.map(({ line }) => line ?? '')
    const shown = isLive(script) ? await play(script) : `${script.first}\n${screen(script.args, commands, 'file')}`
    if (process.env['UPDATE_SESSIONS'] === '1') writeFileSync(join(here, name), shown)
    else expect(shown).toBe(text)
  })

  const coverage = new Coverage()
  test.each(sessions)('%s shows what the reference executor has', { timeout: 120_000 }, async (name) => {
    const script = readScript(readFileSync(join(here, name), 'utf8'))
    const { compared, differences } = await compareWithReference(script, coverage.of(name, script))
    expect(differences).toEqual([])
    expect(compared).toBeGreaterThan(0)
  })

  test('every feature is shown in a session, for guests of either kind, started or joined; or there is a reason why not', () => {
    expect(coverage.sessions, 'all sessions must have been played').toBe(sessions.length)
    expect(coverage.missing()).toEqual([])
    expect(coverage.needless()).toEqual([])
  })

  test('commands from a pipe give the same screen', () => {
    const args = ['--invoke', 'fac', 'wat/fac.wat', '2']
    const commands = ['break fac', 'continue', 'finish', 'quit']
    expect(screen(args, commands, 'pipe')).toBe(screen(args, commands, 'file'))
  })
})
