"""The vault: the domain, the cryptographic envelope and the only code that speaks to the store."""
