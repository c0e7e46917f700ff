package server

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// split closes the open shards of a stream and opens one or two children for each: POST /_dyetrace/split?stream=ARN&into=2.
func (s *Server) split(_ http.ResponseWriter, r *http.Request) (any, *refusal) {
	arn := r.URL.Query().Get("stream")
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 || !isAccount(parts[4]) {
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
	scope := s.engine.Scope(parts[4], parts[3])
	scope.Built()
	splitter, ok := scope.Streams().(engine.ShardSplitter)
	if !ok {
		return nil, &refusal{http.StatusConflict, "NoShards", "this server has no streams with shards"}
	}
	if err := splitter.SplitStream(arn, into); err != nil {
		return nil, &refusal{http.StatusBadRequest, "NotSplit", err.Error()}
	}
	return struct{}{}, nil
}
