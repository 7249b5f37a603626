import type { FormOf } from '../common-words.ts'
import type { TelefonIpCredentials, TelefonIpSettings } from './account.ts'

/** How people fill in an account. */
export const form: FormOf<TelefonIpCredentials, TelefonIpSettings> = {
  first: [],
  words: {
    en: {
      title: 'telefon-ip',
      about:
        'Flash calls, SMS, Telegram and inbound calls to +7 numbers. You need only a token: no numbers, no gateway.',
      credentials: { token: ['API token', 'in your account at telefon-ip.ru'] },
      settings: {},
    },
    ru: {
      title: 'telefon-ip',
      about:
        'Звонки-сбросы, SMS, Telegram и входящие звонки для номеров +7. Нужен только токен: ни номеров, ни шлюза.',
      credentials: { token: ['Токен API', 'в личном кабинете telefon-ip.ru'] },
      settings: {},
    },
  },
}
