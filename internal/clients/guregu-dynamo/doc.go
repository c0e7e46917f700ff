// Package guregudynamo requires guregu/dynamo, so that run.sh can run that library's own tests, which its module ships, against a running
// server. It is a module of its own and outside the workspace.
package guregudynamo

import _ "github.com/guregu/dynamo/v2" // for go.mod and go.sum, its tests' requirements included
