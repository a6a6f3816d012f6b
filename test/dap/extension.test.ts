/** editors/vscode: what its manifest promises is what the adapter takes, and its code does what little it has to. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { compileFunction } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { repoRoot } from '../helpers/files.ts'
import { useAdapter } from './client.ts'

const folder = join(repoRoot, 'editors/vscode')
const read = (name: string): string => readFileSync(join(folder, name), 'utf8')
interface Property {
  readonly type: string | readonly string[]
  readonly description: string
}
interface Manifest {
  readonly main: string
  readonly version: string
  readonly contributes: {
    readonly languages: readonly { readonly id: string }[]
    readonly breakpoints: readonly { readonly language: string }[]
    readonly debuggers: readonly {
      readonly type: string
      readonly languages: readonly string[]
      readonly configurationAttributes: Readonly<
        Record<'launch' | 'attach', { readonly required: readonly string[]; readonly properties: Readonly<Record<string, Property>> }>
      >
      readonly initialConfigurations: readonly Readonly<Record<string, unknown>>[]
      readonly configurationSnippets: readonly { readonly body: Readonly<Record<string, unknown>> }[]
    }[]
  }
}
const manifest = JSON.parse(read('package.json')) as Manifest
const [debugType] = manifest.contributes.debuggers
const { launch, attach } = debugType!.configurationAttributes

const dap = useAdapter()

describe('the manifest', () => {
  const wat = join(repoRoot, 'test/dap/all.wat')

  test.each(Object.keys(launch.properties).filter((name) => name !== 'port' && name !== 'host'))(
    'launch attribute %s is one of the adapter',
    async (name) => {
      const client = await dap.connect()
      await client.initializeRequest()
      // What the adapter does not know it passes over: of what it knows, a value of no use is refused.
      expect(
        await client.refusal('launch', {
          program: wat,
          noDebug: name === 'executor' || name === 'tier',
          [name]: name === 'env' ? 5 : { no: 'use' },
        }),
      ).toContain(`launch.${name} must be`)
      await client.stop()
    },
  )

  test('configurations have attributes that there are, and languages that have breakpoints', () => {
    const example = JSON.parse(read('example/launch.json')) as { configurations: Record<string, unknown>[] }
    const all = [
      ...debugType!.initialConfigurations,
      ...debugType!.configurationSnippets.map(({ body }) => body),
      ...example.configurations,
    ]
    for (const configuration of all) {
      const { type, request, name, ...rest } = configuration
      expect([type, typeof name]).toEqual(['vitrine', 'string'])
      const { required, properties } = request === 'attach' ? attach : launch
      for (const attribute of Object.keys(rest)) expect(properties).toHaveProperty(attribute)
      for (const attribute of required) expect(rest).toHaveProperty(attribute)
    }
    const languages = manifest.contributes.breakpoints.map(({ language }) => language)
    expect(languages).toEqual(expect.arrayContaining([...debugType!.languages, ...manifest.contributes.languages.map(({ id }) => id)]))
    expect(manifest.version).toBe((JSON.parse(readFileSync(join(repoRoot, 'package.json'), 'utf8')) as { version: string }).version)
    JSON.parse(read('language-configuration.json'))
  })

  test('the first two configurations of the example run', async () => {
    const { configurations } = JSON.parse(read('example/launch.json').replaceAll('${workspaceFolder}', repoRoot.replaceAll('\\', '/'))) as {
      configurations: Record<string, unknown>[]
    }
    const [wasi, func] = configurations
    const one = await dap.connect()
    await one.run({ ...wasi, cwd: repoRoot, wat: join(dap.dir, 'ls.wat') })
    expect(one.output('stdout')).toContain('6 entries, 629 bytes')
    expect(readFileSync(join(dap.dir, 'ls.wat'), 'utf8')).toMatch(/^\(module/)
    await one.stop()
    const two = await dap.connect()
    expect(await two.begin({ ...func })).toMatchObject({ reason: 'entry' })
    await two.finish()
    expect(two.output('console')).toBe('120\n')
    await two.stop()
  })
})

describe('the code', () => {
  interface Descriptor {
    readonly kind: string
    readonly args: readonly unknown[]
  }
  type Method = (...args: unknown[]) => unknown

  /** Runs extension.js with a VS Code that notes what is registered. */
  function activate({ command = [] as string[], editor = undefined as object | undefined } = {}): Record<string, Record<string, Method>> & {
    errors: string[]
  } {
    const registered: Record<string, unknown> = { errors: [] }
    const note =
      (kind: string) =>
      (_: unknown, provider: unknown): object => {
        registered[kind] = provider
        return {}
      }
    const make = (kind: string): unknown =>
      function descriptor(...args: unknown[]): Descriptor {
        return { kind, args }
      }
    const vscode = {
      workspace: { getConfiguration: () => ({ get: () => command }) },
      window: {
        activeTextEditor: editor,
        showErrorMessage: (text: string) => Promise.resolve((registered['errors'] as string[]).push(text)),
      },
      debug: { registerDebugAdapterDescriptorFactory: note('adapters'), registerDebugConfigurationProvider: note('configurations') },
      languages: { registerEvaluatableExpressionProvider: note('expressions') },
      DebugAdapterServer: make('server'),
      DebugAdapterExecutable: make('executable'),
      EvaluatableExpression: make('expression'),
    }
    const require = createRequire(import.meta.url)
    const exported: { activate?: (context: object) => void } = {}
    compileFunction(read('extension.js'), ['require', 'exports'])((name: string) => (name === 'vscode' ? vscode : require(name)), exported)
    exported.activate!({ subscriptions: [] })
    return registered as never
  }
  const adapter = (session: object, options?: Parameters<typeof activate>[0]): unknown =>
    activate(options)['adapters']!['createDebugAdapterDescriptor']!(session)

  test('starts the command that is configured, the one of the workspace, or the one on the PATH', () => {
    const workspaceFolder = { uri: { fsPath: dap.dir } }
    expect(adapter({ configuration: {} })).toMatchObject({ kind: 'executable', args: ['vitrine', ['dap'], {}] })
    expect(adapter({ configuration: {}, workspaceFolder }, { command: ['npx', 'vitrine'] })).toMatchObject({
      args: ['npx', ['vitrine', 'dap'], { cwd: dap.dir }],
    })
    const bin = join(dap.dir, 'node_modules/.bin')
    mkdirSync(bin, { recursive: true })
    const file = join(bin, process.platform === 'win32' ? 'vitrine.cmd' : 'vitrine')
    writeFileSync(file, '')
    expect(adapter({ configuration: {}, workspaceFolder })).toMatchObject({ args: [file, ['dap'], { cwd: dap.dir }] })
    expect(adapter({ configuration: { port: 4711, host: '::1' } })).toEqual({ kind: 'server', args: [4711, '::1'] })
  })

  test('debugs the open file without a configuration, and says what one lacks', async () => {
    const resolve = async (configuration: object, editor?: object): Promise<unknown> =>
      activate({ editor })['configurations']!['resolveDebugConfiguration']!(undefined, configuration)
    expect(await resolve({}, { document: { languageId: 'wat', fileName: 'a.wat' } })).toMatchObject({
      type: 'vitrine',
      request: 'launch',
      program: '${file}',
    })
    expect(await resolve({}, { document: { languageId: 'c', fileName: 'a.c' } })).toEqual({})
    expect(await resolve({})).toEqual({})
    const whole = { type: 'vitrine', request: 'launch', program: 'a.wasm' }
    expect(await resolve(whole)).toBe(whole)
    for (const [configuration, attribute] of [
      [{ type: 'vitrine', request: 'launch' }, 'program'],
      [{ type: 'vitrine', request: 'attach' }, 'port'],
    ] as const) {
      const code = activate()
      expect(await code['configurations']!['resolveDebugConfiguration']!(undefined, configuration)).toBeUndefined()
      expect(code.errors).toEqual([`vitrine: the launch configuration has no "${attribute}".`])
    }
  })
})
