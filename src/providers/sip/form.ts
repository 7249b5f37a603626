import type { Language } from '../../words/text.ts'
import type { FieldWords } from '../account-form.ts'
import type { FormOf } from '../common-words.ts'
import type { CommonSettings } from '../provider.ts'
import type { SipCredentials } from './account.ts'
import type { SipSettings } from './settings.ts'

type Shared = Exclude<
  keyof SipSettings,
  keyof CommonSettings | 'numbers' | 'caller_id_in' | 'options_seconds'
>

/** The settings of every account that calls over SIP. */
export const OVER_SIP: Record<Language, Readonly<Record<Shared, FieldWords>>> = {
  en: {
    ring_ms: ['Ring for, ms', 'under six seconds some phones show no missed call'],
    setup_ms: ['Wait for ringing, ms'],
    domain: ['Domain of our SIP addresses', 'empty: the server'],
    register: ['Register', 'unless the trunk knows our address'],
    register_seconds: ['A registration lasts, seconds'],
    number_format: ['Format of our numbers', '+e164, e164, 8national, or a prefix before {e164}'],
    called_format: ['Format of the phone', 'likewise, or any text with {e164}'],
    progress_means_ringing: ['183 means that the phone rings'],
    not_found_is_final: ['404 means that there is no such number'],
    public_address: ['Our public IPv4 address', 'behind NAT; empty: our own'],
    sdp_port: ['Announced audio port', 'empty: our own'],
  },
  ru: {
    ring_ms: ['Звонить, мс', 'меньше шести секунд — не каждый телефон покажет пропущенный'],
    setup_ms: ['Ждать начала звонка, мс'],
    domain: ['Домен наших SIP-адресов', 'пусто — сервер'],
    register: ['Регистрироваться', 'если транк не узнаёт нас по адресу'],
    register_seconds: ['Регистрация действует, секунд'],
    number_format: ['Формат наших номеров', '+e164, e164, 8national или префикс перед {e164}'],
    called_format: ['Формат номера телефона', 'так же или любой текст с {e164}'],
    progress_means_ringing: ['183 значит, что телефон звонит'],
    not_found_is_final: ['404 значит, что такого номера нет'],
    public_address: ['Наш публичный адрес IPv4', 'за NAT; пусто — собственный'],
    sdp_port: ['Порт звука в SDP', 'пусто — собственный'],
  },
}

/** How people fill in an account. */
export const form: FormOf<SipCredentials, SipSettings> = {
  first: ['numbers', 'register', 'caller_id_in'],
  words: {
    en: {
      title: 'SIP trunk',
      about:
        'Flash calls through any SIP trunk, from numbers of your own. You need the trunk, enough numbers, and the gateway.',
      address: 'sip:trunk.example.net:5060;transport=udp',
      credentials: {
        username: ['SIP user', 'empty if the trunk knows our address'],
        password: ['SIP password'],
      },
      settings: {
        ...OVER_SIP.en,
        numbers: ['Numbers to call from', 'one number or range (+74951110000-74951119999) per line'],
        caller_id_in: ['Headers with the calling number', 'where the trunk reads it'],
        options_seconds: ['Pause between OPTIONS, seconds', '0: none'],
      },
    },
    ru: {
      title: 'SIP-транк',
      about:
        'Звонки-сбросы через любой SIP-транк с ваших номеров. Нужны сам транк, достаточно номеров и шлюз.',
      address: 'sip:trunk.example.net:5060;transport=udp',
      credentials: {
        username: ['Пользователь SIP', 'пусто, если транк узнаёт нас по адресу'],
        password: ['Пароль SIP'],
      },
      settings: {
        ...OVER_SIP.ru,
        numbers: ['Номера для звонков', 'номер или диапазон (+74951110000-74951119999) в строке'],
        caller_id_in: ['Заголовки со звонящим номером', 'где его читает транк'],
        options_seconds: ['Пауза между OPTIONS, секунд', '0 — не слать'],
      },
    },
  },
}
