package event

import "context"

type correlationKey struct{}

// WithCorrelation returns a context that carries the correlation id of a flow. Calls made with it through one of dyetrace's
// transports belong to that flow.
func WithCorrelation(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, correlationKey{}, id)
}

// Correlation returns the correlation id that ctx carries, or "".
func Correlation(ctx context.Context) string {
	id, _ := ctx.Value(correlationKey{}).(string)
	return id
}
