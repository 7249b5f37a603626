import type { FormOf } from '../common-words.ts'
import { OVER_SIP } from '../sip/form.ts'
import type { TeleumCredentials, TeleumSettings } from './account.ts'

/** How people fill in an account. */
export const form: FormOf<TeleumCredentials, TeleumSettings> = {
  first: ['server', 'numbers'],
  words: {
    en: {
      title: 'Teleum',
      about:
        'Flash calls over the SIP lines of a Teleum user, each with a number of its own. You need the user, its lines, their SIP server, and the gateway.',
      address: 'the operator documents no https: the password travels unencrypted',
      credentials: {
        email: ['Email', 'of a user that only Ringproof uses'],
        password: ['Password'],
        lines: [
          'SIP lines',
          'one per line: number, SIP user, password, such as +78123232323 100200300 secret',
        ],
      },
      settings: {
        ...OVER_SIP.en,
        server: ['SIP server of the lines', 'ask the operator; empty: no calls'],
        port: ['SIP port', 'empty: SRV records, or 5060'],
        transport: ['SIP transport'],
        numbers: ['Numbers to call from', 'one number or range per line; empty: the numbers of all lines'],
        caller_id_by: ['Choose the calling number by', 'from: only after a test call has shown the number'],
      },
    },
    ru: {
      title: 'Teleum',
      about:
        'Звонки-сбросы по SIP-линиям пользователя Teleum, у каждой свой номер. Нужны пользователь, его линии, их SIP-сервер и шлюз.',
      address: 'оператор не предлагает https: пароль передаётся открыто',
      credentials: {
        email: ['Электронная почта', 'пользователя, которого использует только Ringproof'],
        password: ['Пароль'],
        lines: [
          'SIP-линии',
          'по одной в строке: номер, пользователь SIP, пароль, например +78123232323 100200300 secret',
        ],
      },
      settings: {
        ...OVER_SIP.ru,
        server: ['SIP-сервер линий', 'уточните у оператора; пусто — без звонков'],
        port: ['Порт SIP', 'пусто — по SRV или 5060'],
        transport: ['Транспорт SIP'],
        numbers: ['Номера для звонков', 'номер или диапазон в строке; пусто — номера всех линий'],
        caller_id_by: ['Выбирать звонящий номер', 'from — только если тестовый звонок показал номер'],
      },
    },
  },
}
