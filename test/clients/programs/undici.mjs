// undici: the HTTP client of Node, whose parser is llhttp in Wasm; the one of the package and the one inside Node.
import { createServer } from 'node:http'
import { fetch as undiciFetch } from 'undici'

const server = createServer((request, response) => {
  response.setHeader('content-type', 'text/plain')
  response.write(`${request.method} ${request.url} `)
  request.on('data', (chunk) => response.write(chunk))
  request.on('end', () => response.end('.'.repeat(5000)))
})
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
const url = `http://127.0.0.1:${server.address().port}/path?q=1`
for (const f of [undiciFetch, globalThis.fetch]) {
  const response = await f(url, { method: 'POST', body: 'body' })
  const text = await response.text()
  console.log(response.status, response.headers.get('content-type'), text.length, text.slice(0, 24))
}
server.closeAllConnections()
server.close()
