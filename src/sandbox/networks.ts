const NETWORKS = ['МТС', 'МегаФон', 'Билайн', 'Tele2'] as const

/** The simulated network of a phone (E.164): the same at every operator. */
export function networkOf(phone: string): { name: string; region: string } {
  const name = NETWORKS[Number(phone.slice(-1)) % NETWORKS.length] ?? NETWORKS[0]
  return { name, region: 'Москва и Московская область' }
}
