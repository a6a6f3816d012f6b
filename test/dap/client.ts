/**
 * The protocol's own test client on `vitrine dap`, which notes every message of the adapter and compares it with the protocol. For
 * dap.test.ts and those beside it.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DebugClient } from '@vscode/debugadapter-testsupport'
import type { DebugProtocol } from '@vscode/debugprotocol'
import { afterAll, beforeAll } from 'vitest'
import { bundleCommand } from '../helpers/command.ts'
import { complaints } from './schema.ts'

const TIMEOUT = 20_000

/** `vitrine dap --port` with clients to come. */
interface Server {
  readonly process: ChildProcess
  readonly port: number
}
async function startServer(main: string): Promise<Server> {
  const child = spawn(process.execPath, [main, 'dap', '--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'] })
  const port = await new Promise<number>((resolve, reject) => {
    let text = ''
    child.stdout.on('data', (chunk: Buffer) => {
      const found = /listening at 127\.0\.0\.1:(\d+)/.exec((text += chunk.toString()))
      if (found !== null) resolve(Number(found[1]))
    })
    child.on('exit', (code) => reject(new Error(`the server has ended with ${code}: ${text}`)))
  })
  return { process: child, port }
}

export type Stopped = DebugProtocol.StoppedEvent['body']

export class Client extends DebugClient {
  readonly messages: Record<string, unknown>[] = []
  /** Everything that is wrong with the messages so far. */
  readonly wrong: string[] = []

  /** `main`: the bundled command. */
  constructor(main: string) {
    const wrapper = join(dirname(main), 'dap.mjs')
    writeFileSync(wrapper, `process.argv[2] = 'dap'\nawait import('./main.js')\n`)
    super(process.execPath, wrapper, 'vitrine')
    this.defaultTimeout = TIMEOUT
    // The client's own method for each message that comes in.
    const own = this as unknown as { dispatch: (body: string) => void }
    const dispatch = own.dispatch.bind(this)
    own.dispatch = (body) => {
      const message = JSON.parse(body) as Record<string, unknown>
      this.messages.push(message)
      this.wrong.push(...complaints(message))
      dispatch(body)
    }
  }

  events(name: string): Record<string, unknown>[] {
    return this.messages.filter(({ event }) => event === name).map(({ body }) => body as Record<string, unknown>)
  }
  /** What was written to a category so far. */
  output(category: string): string {
    return this.events('output')
      .filter((body) => body['category'] === category)
      .map((body) => body['output'] as string)
      .join('')
  }

  async next(event: 'stopped'): Promise<Stopped>
  async next(event: string): Promise<Record<string, unknown>>
  async next(event: string): Promise<unknown> {
    return ((await this.waitForEvent(event, TIMEOUT)) as { body?: unknown }).body
  }

  /** Any request, also with arguments that are wrong. */
  async ask(command: string, args?: unknown): Promise<Record<string, never>> {
    return ((await this.customRequest(command, args)) as { body?: Record<string, never> }).body ?? {}
  }
  /** The message of a request that is refused. */
  async refusal(command: string, args?: unknown): Promise<string> {
    try {
      await this.customRequest(command, args)
    } catch (error) {
      return (error as Error).message
    }
    throw new Error(`${command} was not refused`)
  }

  /** From the beginning to the first stop. `configure` sets breakpoints. */
  async begin(args: object, configure: () => Promise<unknown> = async () => {}): Promise<Stopped> {
    const initialized = this.waitForEvent('initialized', TIMEOUT)
    const stopped = this.next('stopped')
    await this.initializeRequest()
    await this.launchRequest(args as DebugProtocol.LaunchRequestArguments)
    await initialized
    await configure()
    await this.configurationDoneRequest()
    return stopped
  }
  /** The same for a program that does not stop. */
  async run(args: object, configure: () => Promise<unknown> = async () => {}): Promise<void> {
    const terminated = this.waitForEvent('terminated', TIMEOUT)
    const initialized = this.waitForEvent('initialized', TIMEOUT)
    await this.initializeRequest()
    await this.launchRequest(args as DebugProtocol.LaunchRequestArguments)
    await initialized
    await configure()
    await this.configurationDoneRequest()
    await terminated
  }

  /** A request that lets the program go on, and where it stops. */
  async go(command: string, args: object = { threadId: 1 }): Promise<Stopped> {
    const stopped = this.next('stopped')
    await this.ask(command, args)
    return stopped
  }
  async finish(command = 'continue', args: object = { threadId: 1 }): Promise<void> {
    const terminated = this.waitForEvent('terminated', TIMEOUT)
    await this.ask(command, args)
    await terminated
  }

  async frames(threadId = 1): Promise<DebugProtocol.StackFrame[]> {
    return (await this.stackTraceRequest({ threadId })).body.stackFrames
  }
  /** `name:line` of the top frame. */
  async where(threadId = 1): Promise<string> {
    const [top] = await this.frames(threadId)
    return `${top!.name}:${top!.line}`
  }
  /** The variables of a scope of a frame. */
  async scope(name: string, frameId?: number): Promise<DebugProtocol.Variable[]> {
    return this.inside(await this.scopeReference(name, frameId))
  }
  async scopeReference(name: string, frameId?: number): Promise<number> {
    const { scopes } = (await this.scopesRequest({ frameId: frameId ?? (await this.frames())[0]!.id })).body
    return scopes.find((scope) => scope.name === name)!.variablesReference
  }
  async inside(variablesReference: number, page: object = {}): Promise<DebugProtocol.Variable[]> {
    return (await this.variablesRequest({ variablesReference, ...page })).body.variables
  }
}

/** What the tests of one file share. */
export interface Adapter {
  /** A folder for their files. */
  readonly dir: string
  /** The bundled command. */
  readonly main: string
  readonly server: Server
  /** A new client of the server, or of whoever listens at another port. */
  connect(port?: number): Promise<Client>
}

/** The command and a server of it, from before the first test of a file to after its last. */
export function useAdapter(): Adapter {
  let dir = ''
  let main = ''
  let server: Server
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'vitrine-dap-'))
    main = await bundleCommand(dir)
    server = await startServer(main)
  })
  afterAll(() => {
    server.process.kill()
    rmSync(dir, { recursive: true, force: true })
  })
  return {
    get dir() {
      return dir
    },
    get main() {
      return main
    },
    get server() {
      return server
    },
    connect: async (port = server.port) => {
      const client = new Client(main)
      await client.start(port)
      return client
    },
  }
}
