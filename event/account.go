package event

// IsAccount reports whether id is the number of an AWS account: 12 digits.
func IsAccount(id string) bool {
	if len(id) != 12 {
		return false
	}
	for i := range len(id) {
		if id[i] < '0' || id[i] > '9' {
			return false
		}
	}
	return true
}
