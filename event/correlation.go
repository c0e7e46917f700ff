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

type causeKey struct{}

// WithCause returns a context that carries the sequence number of a hop. Calls made with it through one of dyetrace's
// transports are recorded as caused by that hop. A function that the pipeline invokes is handed such a context.
func WithCause(ctx context.Context, seq uint64) context.Context {
	return context.WithValue(ctx, causeKey{}, seq)
}

// Cause returns the sequence number that ctx carries, or 0.
func Cause(ctx context.Context) uint64 {
	seq, _ := ctx.Value(causeKey{}).(uint64)
	return seq
}
