import { createCost, deleteCost, getCost, listCosts, updateCost } from '../../billing/prices/costs.ts'
import { createPrice, deletePrice, getPrice, listPrices, updatePrice } from '../../billing/prices/prices.ts'
import {
  CostView,
  CreateCostInput,
  CreatePriceInput,
  PriceView,
  UpdateCostInput,
  UpdatePriceInput,
} from '../../billing/prices/schemas.ts'
import { mountResource } from '../resource.ts'
import type { Mount } from '../spec.ts'

/** Prices that tenants pay, and costs that operators charge. */
export function priceRoutes(mount: Mount): void {
  mountResource(mount, {
    path: '/v1/prices',
    tag: 'Prices',
    name: 'Price',
    one: 'a price',
    many: 'prices',
    liveOnly: true,
    view: PriceView,
    create: CreatePriceInput,
    update: UpdatePriceInput,
    descriptions: {
      create:
        'Applies to your own tenant, or to the tenant in `Ringproof-Tenant`. The price with the longest matching prefix applies; without a match, a call costs the tenant nothing.',
      list: 'The tenant’s own prices and those of the default list.',
      update: 'Calls already queued keep their old price.',
      remove: 'Calls already queued keep the price.',
    },
    errors: { create: ['conflict'], update: ['conflict'] },
    verbs: { create: createPrice, list: listPrices, get: getPrice, update: updatePrice, remove: deletePrice },
  })

  mountResource(mount, {
    path: '/v1/account-costs',
    tag: 'Prices',
    name: 'AccountCost',
    one: 'a cost of a provider account',
    many: 'costs of provider accounts',
    liveOnly: true,
    view: CostView,
    create: CreateCostInput,
    update: UpdateCostInput,
    descriptions: {
      create: 'Applies to calls for which the operator does not report a price.',
    },
    errors: { create: ['conflict'], update: ['conflict'] },
    verbs: { create: createCost, list: listCosts, get: getCost, update: updateCost, remove: deleteCost },
  })
}
