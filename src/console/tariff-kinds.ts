import { createCost, deleteCost, getCost, listCosts, updateCost } from '../billing/prices/costs.ts'
import { createPrice, deletePrice, getPrice, listPrices, updatePrice } from '../billing/prices/prices.ts'
import {
  COST_PERS,
  CreateCostInput,
  CreatePriceInput,
  PRICE_PERS,
  UpdateCostInput,
  UpdatePriceInput,
} from '../billing/prices/schemas.ts'
import type { ClientContext } from '../context.ts'
import type { PageInput } from '../input/cursor.ts'
import { validate } from '../input/validate.ts'
import type { Page } from '../values/pages.ts'

/** A price or a cost. `list`: whose it is, for a price; `account`: the operator account, for a cost. */
export type TariffView = {
  id: string
  list?: 'own' | 'default'
  account?: string
  prefix: string
  channel: string
  per: string
  amount: string
  currency: string
  valid_from: string
  valid_until: string | null
  created_at: string
}

type Verbs = {
  create(context: ClientContext, input: object): Promise<TariffView>
  list(context: ClientContext, query: PageInput): Promise<Page<TariffView>>
  get(context: ClientContext, input: { id: string }): Promise<TariffView>
  update(context: ClientContext, input: { id: string; changes: object }): Promise<TariffView>
  remove(context: ClientContext, input: { id: string }): Promise<void>
}

/** What the pages of prices and those of costs do not share. */
export const TARIFFS = {
  prices: {
    path: '/console/prices',
    /** The field that says whose it is. */
    owner: 'list',
    pers: PRICE_PERS,
    create: (context, input) => createPrice(context, validate(CreatePriceInput, input, 'body')),
    list: listPrices,
    get: getPrice,
    update: (context, { id, changes }) =>
      updatePrice(context, { id, changes: validate(UpdatePriceInput, changes, 'body') }),
    remove: deletePrice,
  },
  costs: {
    path: '/console/costs',
    owner: 'account',
    pers: COST_PERS,
    create: (context, input) => createCost(context, validate(CreateCostInput, input, 'body')),
    list: listCosts,
    get: getCost,
    update: (context, { id, changes }) =>
      updateCost(context, { id, changes: validate(UpdateCostInput, changes, 'body') }),
    remove: deleteCost,
  },
} as const satisfies Record<string, Verbs & { path: string; owner: string; pers: readonly string[] }>

export type TariffKind = keyof typeof TARIFFS
