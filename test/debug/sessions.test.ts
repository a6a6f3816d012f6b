/**
 * Scripted sessions of `vitrine debug`: each `*.session` file begins with a command line (`$ …`), then comes the screen, in which
 * `(vitrine) …` lines are the commands. `UPDATE_SESSIONS=1 npx vitest run test/debug` writes the screens anew.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bundleCommand } from '../helpers/command.ts'
import { repoRoot } from '../helpers/files.ts'

const here = join(repoRoot, 'test/debug')
const sessions = readdirSync(here).filter((name) => name.endsWith('.session'))
const PROMPT = '(vitrine) '

let dir = ''
let main = ''
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'vitrine-debug-'))
  main = await bundleCommand(dir)
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const lines = (text: string): string[] => text.split('\n')

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
  test.each(sessions)('%s', (name) => {
    const text = readFileSync(join(here, name), 'utf8')
    const [first, ...rest] = lines(text)
    const args = first!.replace(/^\$ vitrine debug /, '').split(' ')
    const commands = rest.filter((line) => line.startsWith(PROMPT)).map((line) => line.slice(PROMPT.length))
    const shown = `${first}\n${screen(args, commands, 'file')}`
    if (process.env['UPDATE_SESSIONS'] === '1') writeFileSync(join(here, name), shown)
    else expect(shown).toBe(text)
  })

  test('commands from a pipe give the same screen', () => {
    const args = ['--invoke', 'fac', 'wat/fac.wat', '2']
    const commands = ['break fac', 'continue', 'finish', 'quit']
    expect(screen(args, commands, 'pipe')).toBe(screen(args, commands, 'file'))
  })
})
