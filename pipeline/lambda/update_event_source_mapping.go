// Implements: function, batch size and window, filters, concurrency, ReportBatchItemFailures, limits, destination, enabling and disabling;
// what the request leaves out stays.
// Differs from AWS: holds from the next batch on (AWS: after a while in Updating).
// Not implemented: as CreateEventSourceMapping.

package lambda

import "github.com/dyetrace/dyetrace/pipeline/engine"

// UpdateEventSourceMapping changes a mapping. The position in a stream stays.
//
// Source: the state Disabling was recorded against AWS by LocalStack; Enabling is that of the API Reference.
func (s *Service) UpdateEventSourceMapping(c *engine.Call, in *UpdateEventSourceMappingInput) (*UpdateEventSourceMappingOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	m, err := s.find(in.UUID)
	if err != nil {
		return nil, err
	}
	set := in.over(m.settings)
	p, err := s.compile(&set)
	if err != nil {
		return nil, err
	}
	c.Lineage(p.options.Place)
	state := "Updating"
	switch enabled := in.Enabled.Or(m.enabled); {
	case enabled && !m.enabled:
		state = "Enabling"
	case !enabled && m.enabled:
		state = "Disabling"
	}
	p.mapping = m
	p.options.Place = m.plan.options.Place // what reads keeps its name
	m.settings, m.plan, m.modified, m.enabled = set, p, s.scope.Engine.Now(), in.Enabled.Or(m.enabled)
	if m.enabled {
		m.reader.Look()
	}
	return m.configuration(state), nil
}

// over returns settings with what the request says over them.
func (in *UpdateEventSourceMappingInput) over(set CreateEventSourceMappingInput) CreateEventSourceMappingInput {
	if in.FunctionName.OK {
		set.FunctionName = in.FunctionName.V
	}
	if in.FilterCriteria != nil {
		set.FilterCriteria = in.FilterCriteria
	}
	if in.ScalingConfig != nil {
		set.ScalingConfig = in.ScalingConfig
	}
	if in.DestinationConfig != nil {
		set.DestinationConfig = in.DestinationConfig
	}
	if in.FunctionResponseTypes != nil {
		set.FunctionResponseTypes = in.FunctionResponseTypes
	}
	if in.BatchSize.OK {
		set.BatchSize = in.BatchSize
	}
	if in.MaximumBatchingWindowInSeconds.OK {
		set.MaximumBatchingWindowInSeconds = in.MaximumBatchingWindowInSeconds
	}
	if in.ParallelizationFactor.OK {
		set.ParallelizationFactor = in.ParallelizationFactor
	}
	if in.MaximumRecordAgeInSeconds.OK {
		set.MaximumRecordAgeInSeconds = in.MaximumRecordAgeInSeconds
	}
	if in.BisectBatchOnFunctionError.OK {
		set.BisectBatchOnFunctionError = in.BisectBatchOnFunctionError
	}
	if in.MaximumRetryAttempts.OK {
		set.MaximumRetryAttempts = in.MaximumRetryAttempts
	}
	if in.TumblingWindowInSeconds.OK {
		set.TumblingWindowInSeconds = in.TumblingWindowInSeconds
	}
	return set
}
