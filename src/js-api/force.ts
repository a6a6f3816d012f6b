/** `vitrine/js-api/force`: importing it installs the namespace as the global WebAssembly, whatever is there. */
import { install } from './install.ts'

install()
