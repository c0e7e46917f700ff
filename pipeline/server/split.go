package server

import (
	"net/http"
	"strconv"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/arn"
	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// split closes the open shards of a stream and opens one or two children for each: POST /_dyetrace/split?stream=ARN&into=2.
func (s *Server) split(_ http.ResponseWriter, r *http.Request) (any, *refusal) {
	stream := r.URL.Query().Get("stream")
	a, ok := arn.Parse(stream)
	if !ok || !event.IsAccount(a.Account) {
		return nil, &refusal{http.StatusBadRequest, "BadStream", "stream must be the ARN of a stream, as DescribeTable tells it in LatestStreamArn"}
	}
	into := 1
	if text := r.URL.Query().Get("into"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			return nil, &refusal{http.StatusBadRequest, "BadNumber", "into must be 1 or 2: how many children each open shard has"}
		}
		into = n
	}
	scope := s.engine.Existing(a.Account, a.Region) // a name that is wrong makes no scope
	if scope == nil {
		return nil, &refusal{http.StatusBadRequest, "NotSplit", "nobody has used account " + a.Account + " in region " + clip(a.Region) + ", so that there is no such stream"}
	}
	splitter, ok := scope.Streams().(engine.ShardSplitter)
	if !ok {
		return nil, &refusal{http.StatusConflict, "NoShards", "this server has no streams with shards"}
	}
	if err := splitter.SplitStream(stream, into); err != nil {
		return nil, &refusal{http.StatusBadRequest, "NotSplit", err.Error()}
	}
	return struct{}{}, nil
}
