import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto'

/** A requester as keyed hashes, one under each accepted key, the current key first. */
export type Requester = readonly [Buffer, ...Buffer[]]

/**
 * Everything derived from SECRET_KEY. Each use has its own sub-key (HKDF-SHA-256). During a rotation the keys
 * of SECRET_KEY_OLD are accepted for what exists; everything new uses SECRET_KEY.
 */
export type Secrets = {
  /** HMAC over verification and code: the only form in which a code is stored. */
  hashCode(verificationId: string, code: string): Buffer
  /** The same under each accepted key, the current key first: a code stays right through a rotation. */
  codeHashes(verificationId: string, code: string): Buffer[]
  /**
   * HMACs of a number that calls for an account, one under each accepted key, the current key first: the only form
   * in which it is stored, and only while it calls.
   */
  lineHashes(accountId: string, number: string): [Buffer, ...Buffer[]]
  /** A stable pseudonym of a phone within a tenant; it outlives the erasure of the phone. */
  pseudonym(tenantId: string, phone: string): Buffer
  /** The pseudonyms under the other accepted keys: what was counted under them still counts. */
  formerPseudonyms(tenantId: string, phone: string): Buffer[]
  /**
   * Pseudonyms of a requester (a device or an address) within a tenant, one under each accepted key, the
   * current key first.
   */
  requesters(tenantId: string, name: string): Requester
  /** The token of an attempt's webhook: the attempt's id and 128 bits that only a key can make. */
  webhookToken(attemptId: string): string
  /** The attempt whose token this is, under any accepted key; null for any other text. */
  attemptOfToken(token: string): string | null
  /** The token with which a user's browser or app may act on a verification: its id and 128 bits that only a key can make. */
  clientToken(verificationId: string): string
  /** The verification whose token this is, under any accepted key; null for any other text. */
  verificationOfToken(token: string): string | null
  /** A keyed fingerprint: a plain hash of a body would reveal a four-digit code. */
  fingerprint(text: string): Buffer
  /** The same under each accepted key, the current key first. */
  fingerprints(text: string): Buffer[]
  /** AES-256-GCM; `open` needs the same `context` (what the secret belongs to). */
  seal(plaintext: string, context: string): Buffer
  /** Throws if the context differs, the bytes were changed, or no accepted key sealed them. */
  open(sealed: Buffer, context: string): string
  /** False if an old key sealed it: seal it again before dropping that key. */
  isCurrent(sealed: Buffer): boolean
  /** 32 bytes for another purpose, e.g. the sandbox's credentials. */
  derive(purpose: string): Buffer
  proof: { privateKey: KeyObject; publicKey: KeyObject }
  /** Keys that verify proofs: the current one, and earlier or coming ones. */
  proofKeys: readonly KeyObject[]
}

const ED25519_PKCS8_HEADER = Buffer.from('302e020100300506032b657004220420', 'hex')
const SEALING_ID_BYTES = 4
/** Of a UUID. */
const ID_BYTES = 16

/** `key`: the 32 bytes of SECRET_KEY; `otherKeys`: those of SECRET_KEY_OLD. */
export function createSecrets(key: Buffer, otherKeys: readonly Buffer[] = []): Secrets {
  const current = subKeys(key)
  const former = otherKeys.filter((other) => !other.equals(key)).map(subKeys)
  const all = [current, ...former]
  const sealedBy = (sealed: Buffer) =>
    all.find(({ sealingId }) => sealingId.equals(sealed.subarray(0, SEALING_ID_BYTES)))
  const pseudonym = ({ phones }: SubKeys, tenantId: string, phone: string) =>
    hmac(phones, tenantId, phone).subarray(0, 16)

  return {
    hashCode: (verificationId, code) => hmac(current.codes, verificationId, code),
    codeHashes: (verificationId, code) => all.map(({ codes }) => hmac(codes, verificationId, code)),
    lineHashes: (accountId, number) =>
      all.map(({ lines }) => hmac(lines, accountId, number).subarray(0, 16)) as [Buffer, ...Buffer[]],
    pseudonym: (tenantId, phone) => pseudonym(current, tenantId, phone),
    formerPseudonyms: (tenantId, phone) => former.map((keys) => pseudonym(keys, tenantId, phone)),
    requesters: (tenantId, name) =>
      all.map(({ requesters }) => hmac(requesters, tenantId, name).subarray(0, 16)) as [Buffer, ...Buffer[]],
    webhookToken: (attemptId) => tokenOf(current.webhooks, bytesOf(attemptId)).toString('base64url'),
    attemptOfToken: (token) =>
      idOfToken(
        token,
        all.map(({ webhooks }) => webhooks),
      ),
    clientToken: (verificationId) => tokenOf(current.clients, bytesOf(verificationId)).toString('base64url'),
    verificationOfToken: (token) =>
      idOfToken(
        token,
        all.map(({ clients }) => clients),
      ),
    fingerprint: (text) => hmac(current.bodies, text),
    fingerprints: (text) => all.map(({ bodies }) => hmac(bodies, text)),
    derive: (purpose) => derive(key, purpose),
    proof: current.proof,
    proofKeys: all.map(({ proof }) => proof.publicKey),
    isCurrent: (sealed) => sealedBy(sealed) === current,
    seal(plaintext, context) {
      const iv = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', current.sealing, iv).setAAD(Buffer.from(context))
      const body = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()])
      return Buffer.concat([current.sealingId, iv, cipher.getAuthTag(), body])
    },
    open(sealed, context) {
      const keys = sealedBy(sealed)
      if (!keys) throw new Error('sealed with another SECRET_KEY')
      const decipher = createDecipheriv('aes-256-gcm', keys.sealing, sealed.subarray(SEALING_ID_BYTES, 16), {
        authTagLength: 16,
      })
        .setAAD(Buffer.from(context))
        .setAuthTag(sealed.subarray(16, 32))
      return Buffer.concat([decipher.update(sealed.subarray(32)), decipher.final()]).toString('utf8')
    },
  }
}

type SubKeys = ReturnType<typeof subKeys>

function subKeys(key: Buffer) {
  const sealing = derive(key, 'sealing')
  const privateKey = createPrivateKey({
    key: Buffer.concat([ED25519_PKCS8_HEADER, derive(key, 'proof')]),
    format: 'der',
    type: 'pkcs8',
  })
  return {
    // Key objects are made once: made for each HMAC, they would cost more than the HMAC.
    codes: createSecretKey(derive(key, 'codes')),
    lines: createSecretKey(derive(key, 'lines')),
    phones: createSecretKey(derive(key, 'phones')),
    requesters: createSecretKey(derive(key, 'requesters')),
    bodies: createSecretKey(derive(key, 'bodies')),
    webhooks: createSecretKey(derive(key, 'webhooks')),
    clients: createSecretKey(derive(key, 'client tokens')),
    sealing,
    /** Identifies the sealing key and reveals nothing about it. */
    sealingId: createHash('sha256').update(sealing).digest().subarray(0, SEALING_ID_BYTES),
    proof: { privateKey, publicKey: createPublicKey(privateKey) },
  }
}

const derive = (key: Buffer, purpose: string) =>
  Buffer.from(hkdfSync('sha256', key, 'ringproof', purpose, 32))

const tokenOf = (secret: KeyObject, id: Buffer) =>
  Buffer.concat([id, hmac(secret, id.toString('hex')).subarray(0, ID_BYTES)])

function idOfToken(token: string, secrets: readonly KeyObject[]): string | null {
  const bytes = Buffer.from(token, 'base64url')
  if (bytes.length !== 2 * ID_BYTES) return null
  const id = bytes.subarray(0, ID_BYTES)
  return secrets.some((secret) => timingSafeEqual(tokenOf(secret, id), bytes)) ? uuidOf(id) : null
}

const bytesOf = (uuid: string) => Buffer.from(uuid.replaceAll('-', ''), 'hex')
const uuidOf = (bytes: Buffer) =>
  bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')

const hmac = (secret: KeyObject, ...parts: string[]) =>
  createHmac('sha256', secret).update(parts.join('\n')).digest()
