/**
 * Stands for the address of this installation in pages until they are sent: pages are made once, and each
 * reader sees the address that they use.
 */
export const BASE = 'http://address-of-this-installation.invalid'
