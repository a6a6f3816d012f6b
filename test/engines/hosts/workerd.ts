/** A script in a request handler of workerd, the engine of Cloudflare Workers, where neither compilation nor eval is allowed. */
import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import type { Outcome } from '../engines.ts'

const config = (file: string): string => `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = (modules = [(name = "worker", esModule = embed "${file}")], compatibilityDate = "2025-01-01"))],
  sockets = [(name = "http", http = (), service = "main")]
);
`
/** The script as a function, so that nothing of it runs before the request. */
const worker = (script: string): string => `
const lines = []
globalThis.print = (line) => lines.push(line)
function script() {
${script}
}
export default {
  async fetch() {
    script()
    await globalThis.finished
    return new Response(lines.join('\\n') + '\\n')
  },
}
`

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

function get(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = http.get({ host: '127.0.0.1', port }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      response.on('end', () => resolve(text))
      response.on('error', reject)
    })
    request.on('error', reject)
  })
}

export const inWorkerd =
  (program: string) =>
  async (folder: string, file: string): Promise<Outcome> => {
    writeFileSync(join(folder, 'worker.js'), worker(readFileSync(join(folder, file), 'utf8')))
    writeFileSync(join(folder, 'config.capnp'), config('worker.js'))
    const port = await freePort()
    const child = spawn(program, ['serve', join(folder, 'config.capnp'), '--socket-addr', `http=127.0.0.1:${port}`], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let errors = ''
    let ended = false
    child.stderr.setEncoding('utf8').on('data', (text: string) => (errors = (errors + text).slice(-5000)))
    child.on('error', (error) => (errors += error.message))
    const closed = new Promise<void>((resolve) => child.on('close', () => resolve(((ended = true), undefined))))
    try {
      for (let tries = 0; ; tries++) {
        try {
          return { output: await get(port), problem: errors === '' ? undefined : errors }
        } catch (error) {
          // It is not listening yet.
          if (ended || tries === 100) return { output: '', problem: `${String(error)}\n${errors}` }
          await new Promise((resolve) => setTimeout(resolve, 200))
        }
      }
    } finally {
      child.kill()
      await closed
    }
  }
