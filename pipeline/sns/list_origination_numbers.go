// Implements: the list, which is empty: the pipeline owns no numbers.
// Differs from AWS: nothing known.
// Not implemented: nothing.

package sns

import "github.com/dyetrace/dyetrace/pipeline/engine"

// ListOriginationNumbers lists the numbers that SMS are sent from: none.
func (s *Service) ListOriginationNumbers(*engine.Call, *ListOriginationNumbersInput) (*ListOriginationNumbersOutput, error) {
	return &ListOriginationNumbersOutput{PhoneNumbers: []PhoneNumberInformation{}}, nil
}
