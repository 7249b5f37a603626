import { randomUUID } from 'node:crypto'
import express from 'express'
import {
  ChecksExhaustedError,
  CodeIncorrectError,
  CodeNotReadyError,
  DestinationDeniedError,
  InvalidRequestError,
  InvalidWebhookError,
  RateLimitedError,
  Ringproof,
} from 'ringproof'

const { RINGPROOF_URL, RINGPROOF_KEY, RINGPROOF_TENANT, RINGPROOF_WEBHOOK_SECRET, PORT } = process.env
if (!RINGPROOF_KEY || !RINGPROOF_TENANT)
  throw new Error('Set RINGPROOF_KEY and RINGPROOF_TENANT: see README.md.')

const ringproof = new Ringproof({ baseUrl: RINGPROOF_URL ?? 'http://127.0.0.1:8080', apiKey: RINGPROOF_KEY })
const app = express()

// The body must reach `unwrap` as it arrived.
app.post('/webhooks/ringproof', express.text({ type: () => true }), async (request, response) => {
  const event = await ringproof.webhooks.unwrap(request.body, request.headers, RINGPROOF_WEBHOOK_SECRET ?? '')
  console.log(event.id, event.type)
  response.sendStatus(204)
})

app.use(express.urlencoded())

app.get('/', (_request, response) => {
  response.send(page(phoneForm()))
})

app.post('/start', async (request, response) => {
  const { phone } = request.body
  const verification = await ringproof.verifications.start({ phone, ...requesterOf(request, response) })
  setCookie(response, 'verification', verification.id)
  response.send(page(codeForm(verification)))
})

app.post('/confirm', async (request, response) => {
  const { verification: id = '' } = cookiesOf(request)
  const requester = requesterOf(request, response)
  try {
    const { proof } = await ringproof.verifications.confirm(id, { code: request.body.code, ...requester })
    response.send(page(`<h1>Welcome</h1><p>Your phone ${await createAccount(proof)} is verified.</p>`))
  } catch (error) {
    if (!isTypo(error)) throw error
    const message =
      error instanceof CodeIncorrectError ? `Wrong code, ${error.checksLeft} tries left.` : 'Try again.'
    response.status(422).send(page(codeForm(await ringproof.verifications.get(id), message)))
  }
})

const isTypo = (error) =>
  [CodeIncorrectError, CodeNotReadyError, InvalidRequestError].some((type) => error instanceof type)

/** Stands for another service, which believes the proof and not the form. Returns the phone. */
async function createAccount(proof) {
  const { sub, jti } = await ringproof.verifyProof(proof, { audience: RINGPROOF_TENANT })
  console.log('account created', jti)
  return sub
}

/** Names the user to Ringproof, so that a stranger cannot lock out the phone's owner. */
function requesterOf(request, response) {
  const device = cookiesOf(request).device ?? randomUUID()
  setCookie(response, 'device', device)
  return { device, client_ip: request.ip }
}

function cookiesOf(request) {
  const pairs = (request.headers.cookie ?? '').split('; ').map((pair) => pair.split('='))
  return Object.fromEntries(pairs)
}

function setCookie(response, name, value) {
  response.cookie(name, value, { httpOnly: true, sameSite: 'lax', maxAge: 365 * 86_400_000 })
}

const page = (content) => `<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>Sign up</title><body>${content}</body></html>`

const phoneForm = (message = '') => `<h1>Sign up</h1><p role="alert">${message}</p>
<form method="post" action="/start"><label>Phone <input name="phone" type="tel" autocomplete="tel" required></label>
<button>Call me</button></form>`

const codeForm = ({ phone, caller_hint }, message = '') => `<h1>We are calling ${phone}</h1>
<p>Do not answer. Type the last digits of the number that calls you${caller_hint ? `: ${caller_hint.masked}` : ''}.</p>
<p role="alert">${message}</p><form method="post" action="/confirm">
<label>Last digits <input name="code" inputmode="numeric" autocomplete="one-time-code" required></label>
<button>Confirm</button></form>`

app.use((error, _request, response, _next) => {
  if (error instanceof InvalidWebhookError) return response.sendStatus(401)
  const [status, message] = messageOf(error)
  if (status === 500) console.error(error)
  response.status(status).send(page(phoneForm(message)))
})

function messageOf(error) {
  if (error instanceof InvalidRequestError) return [422, 'Check the number.']
  if (error instanceof DestinationDeniedError) return [403, 'We cannot call this number. Try another one.']
  if (error instanceof ChecksExhaustedError) return [422, 'Too many wrong codes. Start again.']
  if (error instanceof RateLimitedError) return [429, `Try again in ${error.retryAfterSeconds} seconds.`]
  if (error.status === 404 || error.status === 409 || error.status === 410) return [409, 'Start again.']
  return [500, 'Try again later.']
}

const server = app.listen(Number(PORT ?? 3000), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}`)
})
