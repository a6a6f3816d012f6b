/**
 * The page as a Vite project: `npm run dev`, `npm run build` in this folder, after `npm ci` in the root of the repository, which
 * brings Vite. A project of your own installs vitrine instead and needs none of this.
 */
import { fileURLToPath } from 'node:url'
import { type UserConfig, defineConfig } from 'vite'

const root = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url))

const config: UserConfig = defineConfig({
  // Works from any folder of a web server.
  base: './',
  resolve: { alias: { 'vitrine/wasi': root('src/wasi/index.ts') } },
  server: { fs: { allow: [root('')] } },
  build: { target: 'es2022', assetsInlineLimit: 0 },
})
export default config
