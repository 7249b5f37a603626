import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto'

/** Everything that hangs on SECRET_KEY. Each use has a sub-key of its own (HKDF-SHA-256). */
export type Secrets = {
  /** HMAC over verification and code: the only form in which a code is stored. */
  hashCode(verificationId: string, code: string): Buffer
  /** A stable stand-in for a phone within a tenant; stays when the phone is erased. */
  pseudonym(tenantId: string, phone: string): Buffer
  /** A keyed fingerprint: a plain hash of a body would give a four-digit code away. */
  fingerprint(text: string): Buffer
  /** AES-256-GCM; `context` (what the secret belongs to) must be the same on opening. */
  seal(plaintext: string, context: string): Buffer
  /** Throws when the key or the context is another, or the bytes were changed. */
  open(sealed: Buffer, context: string): string
  /** 32 bytes for one further purpose, e.g. credentials of the sandbox. */
  derive(purpose: string): Buffer
  proof: { privateKey: KeyObject; publicKey: KeyObject }
}

const ED25519_PKCS8_HEADER = Buffer.from('302e020100300506032b657004220420', 'hex')

/** `key`: the 32 bytes of SECRET_KEY. */
export function createSecrets(key: Buffer): Secrets {
  const derive = (purpose: string) => Buffer.from(hkdfSync('sha256', key, 'ringproof', purpose, 32))
  const [codes, phones, bodies, sealing] = ['codes', 'phones', 'bodies', 'sealing'].map(derive) as [
    Buffer,
    Buffer,
    Buffer,
    Buffer,
  ]
  const sealingId = createHash('sha256').update(sealing).digest().subarray(0, 4)
  const privateKey = createPrivateKey({
    key: Buffer.concat([ED25519_PKCS8_HEADER, derive('proof')]),
    format: 'der',
    type: 'pkcs8',
  })
  const hmac = (secret: Buffer, ...parts: string[]) =>
    createHmac('sha256', secret).update(parts.join('\n')).digest()

  return {
    hashCode: (verificationId, code) => hmac(codes, verificationId, code),
    pseudonym: (tenantId, phone) => hmac(phones, tenantId, phone).subarray(0, 16),
    fingerprint: (text) => hmac(bodies, text),
    derive,
    proof: { privateKey, publicKey: createPublicKey(privateKey) },
    seal(plaintext, context) {
      const iv = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', sealing, iv).setAAD(Buffer.from(context))
      const body = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()])
      return Buffer.concat([sealingId, iv, cipher.getAuthTag(), body])
    },
    open(sealed, context) {
      if (!sealed.subarray(0, 4).equals(sealingId)) throw new Error('sealed with another SECRET_KEY')
      const decipher = createDecipheriv('aes-256-gcm', sealing, sealed.subarray(4, 16))
        .setAAD(Buffer.from(context))
        .setAuthTag(sealed.subarray(16, 32))
      return Buffer.concat([decipher.update(sealed.subarray(32)), decipher.final()]).toString('utf8')
    },
  }
}
