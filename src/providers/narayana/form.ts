import type { z } from 'zod'
import type { FormOf } from '../common-words.ts'
import type { credentials, NarayanaSettings } from './request.ts'

/** How people fill in an account. */
export const form: FormOf<z.input<typeof credentials>, NarayanaSettings> = {
  first: ['numbers'],
  words: {
    en: {
      title: 'Narayana',
      about:
        'Billing API: codes by SMS and voice, and flash calls from numbers that you rent there. A wrong key gets the address of this server banned, so check it twice.',
      credentials: {
        key: ['API key'],
        login: ['Login', 'for a client key without a bound user, and for a server key'],
        password: ['Password', 'for a client key without a bound user; only its MD5 is kept'],
        password_md5: ['MD5 of the password', 'in place of the password'],
      },
      settings: {
        numbers: [
          'Rented numbers to call from',
          'one number or range (+74951110000-74951119999) per line; empty: no flash calls',
        ],
        version: ['API version'],
        http_method: ['HTTP method'],
        call_method: ['Method of flash calls', 'callback: for installations without text-to-speech'],
        callback_destination: ['Destination of a callback', 'dialled if the person answers: yours, and free'],
        voice_text: ['Text of an answered flash call', '{digits} is the code'],
        sms_sender: ['SMS sender', 'empty: as in the user’s profile'],
        timezone_hours: ['Time zone of the user, hours from UTC', 'empty: as the operator says'],
        ring_seconds_assumed: ['A phone rings for, seconds', 'the operator does not say'],
        log_every_ms: ['Read the log every, ms'],
      },
    },
    ru: {
      title: 'Narayana',
      about:
        'Billing API: коды по SMS и голосом, звонки-сбросы с номеров, арендованных у оператора. За неверный ключ оператор блокирует адрес сервера, поэтому проверьте его дважды.',
      credentials: {
        key: ['API-ключ'],
        login: ['Логин', 'для клиентского ключа без привязанного пользователя и для серверного ключа'],
        password: [
          'Пароль',
          'для клиентского ключа без привязанного пользователя; хранится только MD5 от него',
        ],
        password_md5: ['MD5-хэш пароля', 'вместо пароля'],
      },
      settings: {
        numbers: [
          'Арендованные номера для звонков',
          'номер или диапазон (+74951110000-74951119999) в строке; пусто — без звонков-сбросов',
        ],
        version: ['Версия API'],
        http_method: ['Метод HTTP'],
        call_method: ['Метод звонков-сбросов', 'callback — для систем без синтеза речи'],
        callback_destination: [
          'Куда соединять callback',
          'набирается, если человек ответил: ваш бесплатный номер',
        ],
        voice_text: ['Текст, если на звонок-сброс ответили', '{digits} — код'],
        sms_sender: ['Отправитель SMS', 'пусто — из профиля пользователя'],
        timezone_hours: ['Часовой пояс пользователя, часов от UTC', 'пусто — по данным оператора'],
        ring_seconds_assumed: ['Телефон звонит, секунд', 'оператор этого не сообщает'],
        log_every_ms: ['Читать журнал раз в, мс'],
      },
    },
  },
}
