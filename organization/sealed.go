package organization

// Sealed is the associated data of a sealed value: the place it is bound to, so
// that it opens in no other row. field is the [CredentialKind] of a credential.
// Ids hold no slash.
func Sealed(org ID, source, field string) []byte {
	return []byte(string(org) + "/" + source + "/" + field)
}

// SwitchboardPassword is the field of a switchboard's sealed password.
const SwitchboardPassword = "password"
