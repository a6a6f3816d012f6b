/**
 * The engines of the matrix: what each is, where it comes from, and how it runs a file. Those of npm are installed from the
 * package.json of this folder; Debian's are run if they are there. What an engine lacks is stated, and looked at when it runs.
 */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findChromium } from '../helpers/chromium.ts'
import { inChromium, inExtension, inFirefox } from './hosts/browsers.ts'
import { inWorkerd } from './hosts/workerd.ts'

/** How an engine stands to the two things that vitrine does without. */
export interface Surroundings {
  readonly WebAssembly: 'absent' | 'refused' | 'works'
  readonly eval: 'refused' | 'works'
}

export interface Engine {
  readonly about: string
  readonly from: 'this Node' | 'npm' | 'Debian'
  /** It has no classes. */
  readonly lowered?: true
  /** Several times slower than the others without a JIT. */
  readonly slow?: true
  readonly surroundings: Surroundings
  /** Its version; undefined if it is not here. */
  version(): string | undefined
  /** Runs a classic script that is in a folder of its own; gives what it printed, and whether it ended well. */
  run(folder: string, file: string): Promise<Outcome>
}
export interface Outcome {
  readonly output: string
  readonly problem: string | undefined
}

const here = fileURLToPath(new URL('.', import.meta.url))
const modules = join(here, 'node_modules')
const bare: Surroundings = { WebAssembly: 'absent', eval: 'works' }
const guarded: Surroundings = { WebAssembly: 'refused', eval: 'refused' }

/** The first line that a command prints; undefined if there is no such command. */
function firstLine(program: string, args: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync(program, args, { encoding: 'utf8', timeout: 30_000 })
  return status === 0 ? stdout.trim().split('\n')[0] : undefined
}

/** Version of a package that is installed here. */
function packageVersion(name: string): string | undefined {
  const manifest = join(modules, name, 'package.json')
  return existsSync(manifest) ? (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version : undefined
}

/** Runs a program that takes the file as its last argument and prints to its output. */
function command(program: string, ...flags: string[]): Engine['run'] {
  return async (folder, file) => {
    const child = spawn(program, [...flags, join(folder, file)], { stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    let errors = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (errors = (errors + text).slice(-5000)))
    const problem = await new Promise<string | undefined>((resolve) => {
      child.on('error', (error) => resolve(error.message))
      child.on('close', (code, signal) => resolve(code === 0 ? undefined : `it ended with ${signal ?? code}\n${errors}`))
    })
    return { output, problem }
  }
}

const node = (program: string, about: string, surroundings: Surroundings, ...flags: string[]): Engine => ({
  about,
  from: program === process.execPath ? 'this Node' : 'npm',
  surroundings,
  version: () => firstLine(program, ['--version'])?.slice(1),
  run: command(program, ...flags),
})

const chromium = findChromium()
const chromiumVersion = (): string | undefined =>
  chromium === undefined ? undefined : firstLine(chromium, ['--version'])?.replace(/^\D+/, '').split(' ')[0]
const firefoxVersion = (): string | undefined => firstLine('firefox-esr', ['--version'])?.replace(/^\D+/, '')
const hermes = join(modules, `hermes-engine-cli/${process.platform === 'darwin' ? 'osx' : 'linux64'}-bin/hermes`)
const npmNode = (major: number): string => join(modules, `node${major}/bin/node`)

export const engines: Readonly<Record<string, Engine>> = {
  'node-jitless': node(process.execPath, 'Node --jitless', bare, '--jitless'),
  'node-no-wasm': node(process.execPath, 'Node --no-expose-wasm', bare, '--no-expose-wasm'),
  'node-no-eval': node(
    process.execPath,
    'Node --no-expose-wasm --disallow-code-generation-from-strings',
    { WebAssembly: 'absent', eval: 'refused' },
    '--no-expose-wasm',
    '--disallow-code-generation-from-strings',
  ),
  'node24-jitless': node(npmNode(24), 'Node --jitless', bare, '--jitless'),
  'node26-jitless': node(npmNode(26), 'Node --jitless', bare, '--jitless'),
  jsc: {
    about: 'JavaScriptCore --useJIT=false --useWasm=false (libjavascriptcoregtk-4.0-bin)',
    from: 'Debian',
    surroundings: bare,
    version: () => firstLine('dpkg-query', ['-W', '-f', '${Version}', 'libjavascriptcoregtk-4.0-bin'])?.replace(/-.*/, ''),
    run: command('jsc', '--useJIT=false', '--useWasm=false'),
  },
  hermes: {
    about: 'Hermes (hermes-engine-cli)',
    from: 'npm',
    lowered: true,
    surroundings: bare,
    version: () => (existsSync(hermes) ? packageVersion('hermes-engine-cli') : undefined),
    // Promises are the host's business there; React Native brings its own.
    run: command(hermes, '-w', '-Xes6-promise'),
  },
  quickjs: {
    about: 'QuickJS (quickjs-emscripten)',
    from: 'npm',
    slow: true,
    surroundings: bare,
    version: () => packageVersion('quickjs-emscripten'),
    // Its own limit of 256 KiB takes more of this Node's stack than there is by default.
    run: command(process.execPath, '--stack-size=3900', join(here, 'hosts/quickjs.mjs')),
  },
  workerd: {
    about: 'workerd, in a request handler',
    from: 'npm',
    surroundings: guarded,
    version: () => packageVersion('workerd'),
    run: inWorkerd(join(modules, '@cloudflare/workerd-linux-64/bin/workerd')),
  },
  chromium: {
    about: "Chromium, a page with script-src 'self'",
    from: 'Debian',
    surroundings: guarded,
    version: chromiumVersion,
    run: inChromium(chromium, 'page'),
  },
  'chromium-worker': {
    about: "Chromium, a Web Worker with script-src 'self'",
    from: 'Debian',
    surroundings: guarded,
    version: chromiumVersion,
    run: inChromium(chromium, 'worker'),
  },
  'chromium-jitless': {
    about: "Chromium --js-flags=--jitless, a page with script-src 'self'",
    from: 'Debian',
    surroundings: { WebAssembly: 'absent', eval: 'refused' },
    version: chromiumVersion,
    run: inChromium(chromium, 'page', '--js-flags=--jitless'),
  },
  'chromium-extension': {
    about: 'Chromium, a page of an MV3 extension with the default policy',
    from: 'Debian',
    surroundings: guarded,
    version: chromiumVersion,
    run: inExtension(chromium),
  },
  firefox: {
    about: "Firefox, a page with script-src 'self' (firefox-esr)",
    from: 'Debian',
    surroundings: guarded,
    version: firefoxVersion,
    run: inFirefox('firefox-esr', 'page'),
  },
  'firefox-worker': {
    about: "Firefox, a Web Worker with script-src 'self' (firefox-esr)",
    from: 'Debian',
    surroundings: guarded,
    version: firefoxVersion,
    run: inFirefox('firefox-esr', 'worker'),
  },
}
