// libsodium: Emscripten, with the module inside the script.
import sodium from 'libsodium-wrappers'

await sodium.ready
const to_hex = (bytes) => sodium.to_hex(bytes)
const message = 'The quick brown fox jumps over the lazy dog'
console.log(to_hex(sodium.crypto_generichash(32, message)))
const seed = new Uint8Array(32).fill(7)
const pair = sodium.crypto_sign_seed_keypair(seed)
const signature = sodium.crypto_sign_detached(message, pair.privateKey)
console.log(to_hex(signature), sodium.crypto_sign_verify_detached(signature, message, pair.publicKey))
console.log(sodium.crypto_sign_verify_detached(signature, `${message}!`, pair.publicKey))
const box = sodium.crypto_secretbox_easy(message, new Uint8Array(24), seed)
console.log(to_hex(box), sodium.to_string(sodium.crypto_secretbox_open_easy(box, new Uint8Array(24), seed)))
try {
  box[3] ^= 1
  sodium.crypto_secretbox_open_easy(box, new Uint8Array(24), seed)
} catch (error) {
  console.log(String(error))
}
