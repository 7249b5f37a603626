import { type Api, type Channel, createApi, isFinal, Refusal, type Verification } from './api.ts'
import { codeIn, digitsIn } from './code.ts'
import { follow } from './follow.ts'
import { drawQr } from './qr.ts'
import { STYLE } from './style.ts'
import { type Parts, view } from './view.ts'
import { type Words, wordsOf } from './words.ts'

const LATER =
  /^(rate_limited|phone_cooldown|retry_too_soon|destination_denied|insufficient_balance|too_many_requests)$/

/**
 * `<ringproof-verify token="vct_…" base="https://verify.example.com" locale="ru">`: the form in which a user confirms
 * a phone number. Fires `approved`, `failed` or `expired` once, with the verification as `detail`; null if the token
 * is not accepted.
 */
export class RingproofVerify extends HTMLElement {
  static observedAttributes = ['token', 'base', 'locale']

  #words: Words = wordsOf('')
  #parts: Parts | null = null
  #api: Api | null = null
  #running: AbortController | null = null
  #verification: Verification | null = null
  #problem = ''
  #isOffline = false
  #isBusy = false
  #isOver = false
  #drawn = ''

  connectedCallback(): void {
    const token = this.getAttribute('token')
    this.disconnectedCallback()
    const locale = this.getAttribute('locale') ?? (document.documentElement.lang || navigator.language)
    this.#words = wordsOf(locale)
    const root = this.shadowRoot ?? this.attachShadow({ mode: 'open', delegatesFocus: true })
    const style = new CSSStyleSheet()
    style.replaceSync(STYLE)
    root.adoptedStyleSheets = [style]
    this.#parts = view(root, this.#words)
    const { form, code, retry, next } = this.#parts
    form.onsubmit = (event) => {
      event.preventDefault()
      void this.#confirm()
    }
    code.oninput = (event) => this.#typed((event as InputEvent).inputType)
    retry.onclick = () => void this.#act('retry')
    next.onclick = () => void this.#act('next')
    this.#verification = null
    this.#problem = this.#drawn = ''
    this.#isOffline = this.#isBusy = this.#isOver = false
    this.#render()
    if (!token) return
    const running = new AbortController()
    this.#running = running
    this.#api = createApi(
      (this.getAttribute('base') ?? new URL(import.meta.url).origin).replace(/\/$/, ''),
      token,
    )
    const timer = setInterval(() => this.#render(), 1000)
    running.signal.addEventListener('abort', () => clearInterval(timer))
    follow(this.#api, running.signal, (verification) => this.#tell(verification)).catch(() =>
      this.#end('expired'),
    )
  }

  disconnectedCallback(): void {
    this.#running?.abort()
  }

  attributeChangedCallback(): void {
    if (this.isConnected && this.#parts) this.connectedCallback()
  }

  #tell(verification: Verification | null): void {
    this.#isOffline = !verification
    if (verification) this.#verification = verification
    this.#render()
    if (!verification || !isFinal(verification)) return
    const { status } = verification
    this.#end(status === 'approved' || status === 'expired' ? status : 'failed')
  }

  #end(event: 'approved' | 'failed' | 'expired'): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#running?.abort()
    this.#render()
    this.dispatchEvent(new CustomEvent(event, { detail: this.#verification, bubbles: true, composed: true }))
  }

  /** A pasted or filled-in code is sent at once. A typed one too, unless it may be the start of a whole number. */
  #typed(how: string | undefined): void {
    const { code } = this.#parts as Parts
    const lengths = this.#lengths()
    const wasTyped =
      how?.startsWith('insertText') || how?.startsWith('delete') || how === 'insertCompositionText'
    const digits = wasTyped ? digitsIn(code.value) : codeIn(code.value, lengths)
    if (code.value !== digits) code.value = digits
    this.#problem = ''
    this.#render()
    const isWhole = wasTyped
      ? this.#verification?.channel !== 'flash_call' && lengths.length === 1 && digits.length === lengths[0]
      : digits.length >= Math.min(...lengths)
    if (isWhole) void this.#confirm()
  }

  #lengths(): number[] {
    const { code_length = null, code_lengths = [] } = this.#verification ?? {}
    return code_lengths.length > 1 ? code_lengths : code_length ? [code_length] : code_lengths
  }

  async #confirm(): Promise<void> {
    const { code } = this.#parts as Parts
    const digits = codeIn(code.value, this.#lengths())
    if (digits.length < Math.min(...this.#lengths())) {
      this.#problem = this.#words.short
      this.#render()
      return code.focus()
    }
    await this.#act('confirm', { code: digits })
    if (!this.#problem) return
    code.focus()
    code.select()
  }

  async #act(path: 'confirm' | 'retry' | 'next', body?: object): Promise<void> {
    const api = this.#api
    if (this.#isBusy || this.#isOver || !api) return
    this.#isBusy = true
    this.#problem = ''
    this.#render()
    try {
      const verification = await api.post(path, body)
      this.#isBusy = false
      if (api === this.#api) this.#tell(verification)
    } catch (error) {
      this.#isBusy = false
      if (api !== this.#api) return
      const hasEnded =
        error instanceof Refusal && /exhausted$|^verification_/.test(error.code) && error.status !== 429
      if (hasEnded)
        await api.get().then(
          (verification) => this.#tell(verification),
          () => {},
        )
      else this.#problem = this.#inWords(error)
      this.#render()
    }
  }

  #inWords(error: unknown): string {
    const words = this.#words
    if (!(error instanceof Refusal)) return words.offline
    if (error.code === 'code_incorrect') return words.wrong(error.checksLeft)
    if (error.code === 'invalid_request') return words.short
    if (error.code === 'guesses_exhausted') return words.guesses
    if (/^(code_not_ready|attempt_in_progress)$/.test(error.code)) return words.unready
    return LATER.test(error.code) ? words.later : words.fault
  }

  #render(): void {
    const parts = this.#parts
    if (!parts) return
    const words = this.#words
    const verification = this.#verification
    const isOpen = !this.#isOver && verification !== null && !isFinal(verification)
    const isInbound = verification?.channel === 'inbound_call'
    const lengths = this.#lengths()
    const say = (part: HTMLElement, text: string) => {
      part.hidden = !text
      if (part.textContent !== text) part.textContent = text
    }

    parts.form.hidden = !isOpen || lengths.length === 0
    parts.code.setAttribute('aria-invalid', `${this.#problem !== ''}`)
    parts.submit.disabled = this.#isBusy
    say(
      parts.todo,
      isOpen
        ? words.todo(
            verification.channel,
            phoneOf(verification),
            lengths.length === 1 ? (lengths[0] as number) : null,
          )
        : '',
    )
    const hint = isOpen && !isInbound ? verification.caller_hint : null
    say(parts.hint, hint ? `${words.caller} ${hint.prefix}` : '')
    say(parts.masked, hint?.masked ?? '')
    const callTo = isOpen ? verification.call_to : null
    say(parts.number, callTo ? `${words.call} ${callTo.display}` : '')
    if (callTo) parts.number.setAttribute('href', callTo.uri)
    void this.#draw(callTo?.uri ?? '')
    // Alerts and statuses stay in the page: assistive technology hears of changes only.
    const problem = this.#isOffline && !this.#isOver ? words.offline : this.#problem
    if (parts.problem.textContent !== problem) parts.problem.textContent = problem
    const status = this.#status()
    if (parts.status.textContent !== status) parts.status.textContent = status
    parts.status.classList.toggle('done', verification?.status === 'approved')

    const retryIn = isOpen && verification.retry_at ? this.#until(verification.retry_at) : -1
    const again = isOpen ? words.retry[verification.channel] : ''
    say(parts.retry, retryIn < 0 ? '' : retryIn > 0 ? words.in(again, clock(retryIn)) : again)
    parts.retry.disabled = retryIn > 0 || this.#isBusy
    say(parts.next, isOpen && verification.next_channel ? words.next[verification.next_channel] : '')
    parts.next.disabled = this.#isBusy
    say(parts.left, isOpen ? words.left(clock(this.#until(verification.expires_at))) : '')
  }

  #status(): string {
    const words = this.#words
    const verification = this.#verification
    if (!verification) return this.#isOver ? words.expired : words.waiting
    const { status, channel, failure } = verification
    if (status === 'failed' || status === 'denied')
      return failure?.code === 'no_such_number' ? words.no_such_number : words.failed
    if (status === 'approved' || status === 'locked' || status === 'expired' || status === 'cancelled')
      return words[status]
    if (this.#isOver) return words.expired
    const isCall = /^(flash_call|voice)$/.test(channel)
    if (status === 'pending') return words.waiting
    if (status === 'delivered') return isCall ? words.rung : words.sent
    return channel === 'inbound_call' ? words.listening : isCall ? words.calling : words.sending
  }

  /** Seconds, from 0. */
  #until(time: string): number {
    return Math.max(0, Math.ceil((Date.parse(time) - (this.#api?.now() ?? 0)) / 1000))
  }

  async #draw(uri: string): Promise<void> {
    if (uri === this.#drawn) return
    this.#drawn = uri
    const { qr } = this.#parts as Parts
    qr.replaceChildren()
    if (!uri) return
    const svg = await this.#api?.request('call-to.svg').then(
      (response) => response.text(),
      () => '',
    )
    if (svg && uri === this.#drawn) qr.replaceChildren(drawQr(svg, this.#words.scan))
  }
}

const clock = (seconds: number) => `${Math.floor(seconds / 60)}:${`${seconds % 60}`.padStart(2, '0')}`

/** Isolated, so that it reads from left to right in any text. */
const phoneOf = ({ phone }: Verification) =>
  `\u2068${phone.replace(/^(\+7)(\d{3})(\d{3})(\d\d)(\d\d)$/, '$1\u00a0$2\u00a0$3-$4-$5')}\u2069`

if (!customElements.get('ringproof-verify')) customElements.define('ringproof-verify', RingproofVerify)

export type { Channel, Verification }
