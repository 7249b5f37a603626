import type { FormOf } from '../common-words.ts'
import type { NewTelCredentials, NewTelSettings } from './account.ts'

/** How people fill in an account; the keys are called as in the operator's own pages. */
export const form: FormOf<NewTelCredentials, NewTelSettings> = {
  first: ['method_prefix', 'pin_length'],
  words: {
    en: {
      title: 'New-Tel',
      about: 'CallPassword: flash calls to any country with codes of ours. You need two keys.',
      credentials: {
        access_key: ['Key for access to the API server', '“Ключ доступа к API-серверу”, 48 characters'],
        sign_key: ['Key for signing requests', '“Ключ для подписи запросов”, 48 characters'],
      },
      settings: {
        method_prefix: ['Methods', 'the path under which the operator offers CallPassword to you'],
        pin_length: ['Digits of the code'],
        both_pin_lengths: [
          'Also takes codes of the other length',
          'only for clients of the compatible API that choose their own codes',
        ],
        call_timeout_seconds: ['Ring at most, seconds'],
        synchronous: ['Answer only when the call has ended', 'slower, but with the real outcome'],
      },
    },
    ru: {
      title: 'New-Tel',
      about: 'CallPassword: звонки-сбросы в любую страну с нашими кодами. Нужны два ключа.',
      credentials: {
        access_key: ['Ключ доступа к API-серверу', '48 символов'],
        sign_key: ['Ключ для подписи запросов', '48 символов'],
      },
      settings: {
        method_prefix: ['Методы', 'путь, по которому вам доступен CallPassword'],
        pin_length: ['Цифр в коде'],
        both_pin_lengths: [
          'Принимает и коды другой длины',
          'только для клиентов совместимого API, которые сами выбирают код',
        ],
        call_timeout_seconds: ['Звонить не дольше, секунд'],
        synchronous: ['Отвечать только после окончания звонка', 'медленнее, зато с настоящим исходом'],
      },
    },
  },
}
