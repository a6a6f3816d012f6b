/** A script in a page or a Web Worker of a browser, under a Content-Security-Policy that allows scripts of the server and no more. */
import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type BrowserContext, chromium } from 'playwright-core'
import { type Served, serve } from '../../helpers/serve.ts'
import type { Outcome } from '../engines.ts'

const policy = "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'"
const reports = `fetch('/done', { method: 'POST', body: lines.join('\\n') + '\\n' })`
const files: Readonly<Record<string, string>> = {
  '/page': `<!doctype html><meta charset="utf-8"><title>vitrine</title><body><script src="/before.js"></script><script src="/script.js"></script><script src="/after.js"></script>`,
  '/worker': `<!doctype html><meta charset="utf-8"><title>vitrine</title><body><script src="/start.js"></script>`,
  '/before.js': `var lines = []; var print = (line) => lines.push(line); self.onerror = (message) => { lines.push(String(message)); ${reports} }`,
  '/after.js': `finished.then(() => ${reports})`,
  '/start.js': `new Worker('/worker.js').onerror = (event) => { var lines = [event.message]; ${reports} }`,
  '/worker.js': `importScripts('/before.js', '/script.js', '/after.js')`,
}

/** Serves the script and the pages around it; `done` is what the page reports. */
async function serveScript(script: string): Promise<Served & { readonly done: Promise<string> }> {
  let report: (text: string) => void
  const done = new Promise<string>((resolve) => (report = resolve))
  const served = await serve((request, response) => {
    const url = request.url ?? '/'
    response.setHeader('content-security-policy', policy)
    if (url === '/done') {
      let text = ''
      request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      request.on('end', () => {
        response.end()
        report(text)
      })
      return
    }
    const body = url === '/script.js' ? script : files[url]
    if (body === undefined) response.writeHead(404).end()
    else response.setHeader('content-type', url.endsWith('.js') ? 'text/javascript' : 'text/html').end(body)
  })
  return { ...served, done }
}

const outcome = (done: Promise<string>, ended: Promise<void>): Promise<Outcome> =>
  Promise.race([
    done.then((output) => ({ output, problem: undefined })),
    ended.then(() => ({ output: '', problem: 'it ended before the page had reported' })),
  ])

/** A browser with a profile of its own, for extensions have none in windows that keep nothing; and when it has ended, whatever the reason. */
async function openChromium(program: string, folder: string, flags: readonly string[]): Promise<[BrowserContext, Promise<void>]> {
  const context = await chromium.launchPersistentContext(join(folder, 'profile'), {
    executablePath: program,
    args: ['--no-sandbox', ...flags],
    ignoreDefaultArgs: ['--disable-extensions'],
  })
  return [context, new Promise((resolve) => context.on('close', () => resolve()))]
}

export const inChromium =
  (program: string | undefined, where: 'page' | 'worker', ...flags: string[]) =>
  async (folder: string, file: string): Promise<Outcome> => {
    const served = await serveScript(readFileSync(join(folder, file), 'utf8'))
    const [context, gone] = await openChromium(program!, folder, flags)
    try {
      await context.pages()[0]!.goto(`${served.origin}/${where}`, { waitUntil: 'commit' })
      return await outcome(served.done, gone)
    } finally {
      await context.close()
      served.close()
    }
  }

/** A page of an extension of the third manifest version, under the policy that those have by default. */
export const inExtension =
  (program: string | undefined) =>
  async (folder: string, file: string): Promise<Outcome> => {
    const script = readFileSync(join(folder, file), 'utf8')
    const served = await serveScript(script)
    const extension = join(folder, 'extension')
    mkdirSync(extension)
    const manifest = { manifest_version: 3, name: 'vitrine', version: '1', host_permissions: ['http://127.0.0.1/*'] }
    writeFileSync(join(extension, 'manifest.json'), JSON.stringify(manifest))
    writeFileSync(join(extension, 'page.html'), files['/page']!)
    writeFileSync(join(extension, 'script.js'), script)
    for (const name of ['before.js', 'after.js']) {
      writeFileSync(join(extension, name), files[`/${name}`]!.replaceAll("fetch('/done'", `fetch('${served.origin}/done'`))
    }
    const [context, gone] = await openChromium(program!, folder, ['--enable-unsafe-extension-debugging'])
    try {
      const session = await context.browser()!.newBrowserCDPSession()
      const { id } = (await session.send('Extensions.loadUnpacked', { path: extension })) as { id: string }
      await context.pages()[0]!.goto(`chrome-extension://${id}/page.html`, { waitUntil: 'commit' })
      return await outcome(served.done, gone)
    } finally {
      await context.close()
      served.close()
    }
  }

/** No question, no first-run page, no limit to how long a script may take. */
const preferences = `user_pref('browser.shell.checkDefaultBrowser', false);
user_pref('browser.aboutwelcome.enabled', false);
user_pref('datareporting.policy.dataSubmissionEnabled', false);
user_pref('dom.max_script_run_time', 0);
user_pref('app.update.enabled', false);
`

export const inFirefox =
  (program: string, where: 'page' | 'worker') =>
  async (folder: string, file: string): Promise<Outcome> => {
    const served = await serveScript(readFileSync(join(folder, file), 'utf8'))
    const profile = join(folder, 'profile')
    mkdirSync(profile)
    writeFileSync(join(profile, 'user.js'), preferences)
    const child = spawn(program, ['--headless', '--no-remote', '--profile', profile, `${served.origin}/${where}`], { stdio: 'ignore' })
    const closed = new Promise<void>((resolve) => child.on('close', () => resolve()))
    try {
      return await outcome(served.done, closed)
    } finally {
      child.kill()
      await closed
      served.close()
    }
  }
