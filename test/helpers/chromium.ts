/** A headless Chromium for tests, driven over its own protocol through two pipes: no library, no port. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'

/** The first of the usual commands that there is; undefined without any. CHROMIUM names another one. */
export function findChromium(): string | undefined {
  const names = [process.env['CHROMIUM'], 'chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome']
  for (const name of names) {
    if (name === undefined || name === '' || spawnSync(name, ['--version'], { timeout: 20_000 }).status !== 0) continue
    const found = spawnSync('sh', ['-c', 'command -v "$1"', 'sh', name], { encoding: 'utf8' }).stdout.trim()
    return found === '' ? name : found
  }
  return undefined
}

export interface PageOptions {
  /** More flags of the command line. */
  readonly flags?: readonly string[]
  readonly keepWebAssembly?: boolean
}

export class Page {
  private readonly child: ChildProcess
  private readonly profile: string
  private session: string | undefined
  /** Resolves when the browser has ended, whatever the reason. */
  readonly gone: Promise<void>
  private readonly calls: Map<number, { resolve(value: unknown): void; reject(error: Error): void }> = new Map()
  private last = 0
  private ended = false

  private constructor(command: string, more: readonly string[]) {
    this.profile = mkdtempSync(join(tmpdir(), 'vitrine-chromium-'))
    const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--remote-debugging-pipe', '--window-size=1000,640', `--user-data-dir=${this.profile}`, ...more] // prettier-ignore
    this.child = spawn(command, flags, { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] })
    this.gone = new Promise((resolve) => this.child.once('exit', () => resolve()))
    // A write at its end; `gone` tells.
    ;(this.child.stdio[3] as Writable).on('error', () => {})
    void this.gone.then(() => {
      this.ended = true
      for (const call of this.calls.values()) call.reject(new Error('the browser has ended'))
      this.calls.clear()
    })
    let rest = ''
    ;(this.child.stdio[4] as Readable).on('data', (chunk: Buffer) => {
      const parts = (rest + String(chunk)).split('\0')
      rest = parts.pop()!
      for (const part of parts) this.receive(JSON.parse(part) as { id?: number; error?: { message: string }; result?: unknown })
    })
  }

  /** Opens a page in which the engine's own WebAssembly does not exist, unless it is kept: nothing here may lean on it. */
  static async open(command: string, url: string, { flags = [], keepWebAssembly = false }: PageOptions = {}): Promise<Page> {
    const page = new Page(command, flags)
    const { targetId } = (await page.send('Target.createTarget', { url: 'about:blank' })) as { targetId: string }
    const { sessionId } = (await page.send('Target.attachToTarget', { targetId, flatten: true })) as { sessionId: string }
    page.session = sessionId
    await page.send('Page.enable')
    if (!keepWebAssembly) await page.send('Page.addScriptToEvaluateOnNewDocument', { source: 'delete globalThis.WebAssembly' })
    await page.send('Page.navigate', { url })
    return page
  }

  private receive({ id, error, result }: { id?: number; error?: { message: string }; result?: unknown }): void {
    const call = this.calls.get(id ?? -1)
    if (call === undefined) return
    this.calls.delete(id!)
    if (error === undefined) call.resolve(result)
    else call.reject(new Error(error.message))
  }

  /** Installs an extension; the browser needs the flag `--enable-unsafe-extension-debugging`. Gives its id. */
  async loadExtension(path: string): Promise<string> {
    return ((await this.send('Extensions.loadUnpacked', { path }, 'browser')) as { id: string }).id
  }

  send(method: string, params: object = {}, to: 'page' | 'browser' = 'page'): Promise<unknown> {
    const id = ++this.last
    const message = { id, method, params, ...(this.session === undefined || to === 'browser' ? {} : { sessionId: this.session }) }
    if (this.ended) return Promise.reject(new Error('the browser has ended'))
    ;(this.child.stdio[3] as Writable).write(`${JSON.stringify(message)}\0`)
    return new Promise((resolve, reject) => this.calls.set(id, { resolve, reject }))
  }

  async evaluate(expression: string): Promise<unknown> {
    const { result } = (await this.send('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true })) as {
      result: { value?: unknown }
    }
    return result.value
  }

  /** Waits until an expression gives something truthy. */
  async until(expression: string, ms = 30_000): Promise<void> {
    for (const end = Date.now() + ms; !(await this.evaluate(expression));) {
      if (Date.now() > end)
        throw new Error(`never true: ${expression}; the page says: ${String(await this.evaluate('document.body.innerText'))}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  /** Types into whatever has the focus, and presses Enter. */
  async type(line: string): Promise<void> {
    await this.send('Input.insertText', { text: line })
    const enter = { key: 'Enter', code: 'Enter', windowsVirtualKeyCode: 13, text: '\r' }
    await this.send('Input.dispatchKeyEvent', { type: 'keyDown', ...enter })
    await this.send('Input.dispatchKeyEvent', { type: 'keyUp', ...enter })
  }

  async screenshot(): Promise<Buffer> {
    const { data } = (await this.send('Page.captureScreenshot')) as { data: string }
    return Buffer.from(data, 'base64')
  }

  async close(): Promise<void> {
    // Asked to, it ends all of its processes before itself.
    this.send('Browser.close', {}, 'browser').then(undefined, () => {})
    await this.gone
    for (const pipe of this.child.stdio) (pipe as Readable | null)?.destroy()
    rmSync(this.profile, { recursive: true, force: true, maxRetries: 5 })
  }
}
