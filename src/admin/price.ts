import { createCost, deleteCost, getCost, listCosts, updateCost } from '../billing/prices/costs.ts'
import { createPrice, deletePrice, getPrice, listPrices, updatePrice } from '../billing/prices/prices.ts'
import {
  CreateCostInput,
  CreatePriceInput,
  UpdateCostInput,
  UpdatePriceInput,
} from '../billing/prices/schemas.ts'
import { resourceNoun } from './resource.ts'

/** What tenants pay. */
export const priceNoun = resourceNoun({
  one: 'a price of a tenant',
  many: 'prices of a tenant',
  id: 'prc_…',
  create: { schema: CreatePriceInput, required: ['prefix', 'per', 'amount', 'currency'], verb: createPrice },
  update: { schema: UpdatePriceInput, verb: updatePrice },
  list: listPrices,
  get: getPrice,
  remove: { verb: deletePrice },
})

/** What operators charge. */
export const costNoun = resourceNoun({
  one: 'a cost of an account',
  many: 'costs of accounts',
  id: 'cst_…',
  of: {},
  create: {
    schema: CreateCostInput,
    required: ['account', 'prefix', 'per', 'amount', 'currency'],
    verb: createCost,
  },
  update: { schema: UpdateCostInput, verb: updateCost },
  list: listCosts,
  get: getCost,
  remove: { verb: deleteCost },
})
