/** A web server for tests, on a free port of this machine. */
import { readFileSync } from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

export interface Served {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string
  close(): void
}

export async function serve(answer: http.RequestListener): Promise<Served> {
  const server = http.createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

const types: Readonly<Record<string, string>> = { html: 'text/html', css: 'text/css', js: 'text/javascript', wasm: 'application/wasm' }

/** The files of a folder; `/` is its index.html. */
export const serveFolder = (folder: string): Promise<Served> =>
  serve(({ url = '/' }, response) => {
    const name = url === '/' ? 'index.html' : url.slice(1)
    try {
      response.setHeader('content-type', types[name.split('.').at(-1)!] ?? 'text/plain').end(readFileSync(join(folder, name)))
    } catch {
      response.writeHead(404).end()
    }
  })
