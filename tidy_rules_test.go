package dyetrace_test

import "strings"

func tidyRules() []rule {
	rules := append(documentRules(), sizeRules()...)
	return append(rules, timeRules()...)
}

func documentRules() []rule {
	return []rule{
		{
			name:  "one package comment each",
			why:   "`go doc` shows exactly one; a second is dropped or appended at random, and one above a blank line is shown nowhere",
			mend:  "keep the comment in doc.go, opening with `Package name` (a binary: `Command name`)",
			check: checkPackageComments,
			bad: []map[string]string{
				{"event/a.go": "package event\n"},
				{"event/a.go": "// Package event is one.\npackage event\n", "event/b.go": "// Package event is two.\npackage event\n"},
				{"event/a.go": "// Package event is lost.\n\npackage event\n"},
				{"event/a.go": "// Implements: all.\npackage event\n"},
			},
			good: map[string]string{"event/a.go": "// Package event is one.\npackage event\n", "event/b.go": "// Implements: all.\n\npackage event\n"},
		},
		{
			name:  "modules stay apart",
			why:   "what a go.mod requires reaches everybody who imports the module; nothing is published, so without replace GOWORK=off cannot build",
			mend:  "move what needs the library into a nested module; give it `go 1.26`, a replace for each of the project's modules, and a line in go.work",
			check: checkRequires,
			allow: map[string]string{
				"internal/clients/watermill/go.mod":     "a foreign library's suite, run against a server by its run.sh: its requirements must not choose the workspace's versions",
				"internal/clients/guregu-dynamo/go.mod": "likewise",
			},
			bad: []map[string]string{
				{"go.mod": "module m\n\ngo 1.26\n\nrequire github.com/spf13/cobra v1.0.0\n"},
				{"go.mod": "module m\n\ngo 1.26\n\nrequire (\n\tgithub.com/spf13/cobra v1.0.0 // indirect\n)\n"},
				{"go.mod": "module m\n\ngo 1.25\n"},
				{"dye/dyeaws/go.mod": "module m\n\ngo 1.26\n\nrequire github.com/aws/aws-sdk-go-v2/service/sqs v1.0.0\n"},
				{"cmd/dyetrace/go.mod": "module m\n\ngo 1.26\n\nrequire github.com/dyetrace/dyetrace v0.0.0\n"},
				{"go.work": "go 1.26\n\nuse (\n\t.\n)\n", "cmd/dyetrace/go.mod": "module m\n\ngo 1.26\n"},
			},
			good: map[string]string{
				"go.mod":              "module m\n\ngo 1.26\n\nrequire (\n\tpgregory.net/rapid v1.3.0\n)\n",
				"go.work":             "go 1.26\n\nuse (\n\t.\n\t./cmd/dyetrace\n)\n",
				"cmd/dyetrace/go.mod": "module m\n\ngo 1.26\n\nrequire github.com/dyetrace/dyetrace v0.0.0\n\nreplace github.com/dyetrace/dyetrace => ../..\n",
			},
		},
		{
			name:  "API files say what they do",
			why:   "one AWS operation is found by its name, and docs/aws-coverage.md is made from the heads, so that what we leave out is on record",
			mend:  "one operation per file, named after it in snake case, opening with `// Implements: …`, `// Differs from AWS: …` and `// Not implemented: …` (say `nothing known` where that is so)",
			check: checkAPIFiles,
			bad: []map[string]string{
				{"pipeline/sqs/send_message.go": "package sqs\nfunc (s *Service) SendMessage(c *engine.Call, in *SendMessageInput) (*SendMessageOutput, error) { return nil, nil }\n"},
				{"pipeline/sqs/send.go": apiFile("SendMessage")},
				{"pipeline/sqs/send_message.go": apiFile("SendMessage") + "func (s *Service) PurgeQueue(c *engine.Call, in *PurgeQueueInput) (*PurgeQueueOutput, error) { return nil, nil }\n"},
			},
			good: map[string]string{"pipeline/sqs/send_message.go": apiFile("SendMessage"), "pipeline/sqs/queue.go": "package sqs\nfunc (q *queue) Len(a, b int) int { return 0 }\n"},
		},
		{
			name:  "README commands are run",
			why:   "a command that nothing runs stops working and nobody notices",
			mend:  "add it to .ci/run or to a test script below cmd/dyetrace/testdata, or to unrunnable with its reason",
			check: checkReadme,
			bad: []map[string]string{
				{"README.md": "```sh\ngo test ./nothing\n```\n", ".ci/run": "go test work\n"},
				{"README.md": "```console\n$ dyetrace demo --fast   # quick\n```\n", ".ci/run": "", "cmd/dyetrace/testdata/a.txt": "exec dyetrace demo\n"},
			},
			good: map[string]string{
				"README.md":                   "```sh\ngo run ./cmd/dyetrace demo   # seconds\nDYETRACE_SEED=7 go test work\ngo get example.com/x\n```\n",
				".ci/run":                     "step 'all tests' go test work\n",
				"cmd/dyetrace/testdata/a.txt": "exec dyetrace demo\n",
			},
		},
	}
}

// apiFile is a well-formed API file of one operation.
func apiFile(operation string) string {
	return strings.ReplaceAll("// Implements: all.\n// Differs from AWS: nothing known.\n// Not implemented: nothing.\n\npackage sqs\n\n"+
		"func (s *Service) OP(c *engine.Call, in *OPInput) (*OPOutput, error) { return nil, nil }\n", "OP", operation)
}

func sizeRules() []rule {
	return []rule{
		{
			name:  "sizes",
			why:   "a function that fits a screen can be read whole; a long file hides a second idea",
			mend:  "cut along the ideas: one function per step, one file per idea; large tables go into a package variable",
			check: checkSizes,
			bad: []map[string]string{
				{"event/a.go": "package event\nfunc f() {\n" + strings.Repeat("\n", 70) + "}\n"},
				{"event/a.go": "package event\n" + strings.Repeat("\n", 500)},
				{"event/a_test.go": "package event\n" + strings.Repeat("\n", 800)},
			},
			good: map[string]string{
				"event/a.go":      "package event\nfunc f() {\n" + strings.Repeat("\n", 68) + "}\n",
				"event/b_test.go": "package event\n" + strings.Repeat("\n", 799),
				"event/c_gen.go":  "// Code generated by us. DO NOT EDIT.\n\npackage event\n" + strings.Repeat("\n", 2000),
			},
		},
		{
			name:  "generated code is marked",
			why:   "the limits above are lifted for generated code only, and people must see that an edit there is lost",
			mend:  "name the output *_gen.go and let its first line be `// Code generated by … DO NOT EDIT.`",
			check: checkGenerated,
			bad: []map[string]string{
				{"event/a_gen.go": "package event\n"},
				{"event/a.go": "// Code generated by us. DO NOT EDIT.\n\npackage event\n"},
			},
			good: map[string]string{"event/a_gen.go": "// Code generated by us. DO NOT EDIT.\n\npackage event\n", "event/b.go": "package event\n"},
		},
		{
			name:  "names say the idea",
			why:   "a drawer for anything (util, common, helpers, manager, misc, types, base) grows until nobody knows what is in it",
			mend:  "name the one idea; if that is hard, it is not yet one idea",
			check: checkNames,
			bad: []map[string]string{
				{"event/util.go": "package event\n"}, {"internal/common/a.go": "package common\n"}, {"event/event_types_test.go": "package event\n"},
			},
			good: map[string]string{"event/base64.go": "package event\n", "event/database.go": "package event\n"},
		},
		{
			name:  "nothing of one machine",
			why:   "a path or host of one machine means nothing on another, and a lock file that names a registry's host ignores the reader's mirror",
			mend:  "use relative paths and t.TempDir; npm: omit-lockfile-registry-resolved=true in .npmrc",
			check: checkMachine,
			bad: []map[string]string{
				{"docs/a.md": "see /wo" + "rk/main/event\n"}, {"a.sh": "cp x /ro" + "ot/x\n"}, {"package-lock.json": "\"https://registry." + "npmjs.org/x\"\n"},
			},
			good: map[string]string{"docs/a.md": "go test work; backend/root/x; https://aws.amazon.com\n"},
		},
		{
			name:  "loose ends are issues",
			why:   "a note in the code is read by nobody who plans, and what is missing belongs into an API file's head or a refusal",
			mend:  "do it, or name the issue: #12",
			check: checkLooseEnds,
			bad:   []map[string]string{{"event/a.go": "package event\n\n// TO" + "DO: the rest.\n"}},
			good:  map[string]string{"event/a.go": "package event\n\n// TO" + "DO(#12): the rest.\n"},
		},
		{
			name:  "gofmt",
			why:   "a diff should show what changed, not how an editor sets its tabs",
			mend:  "gofmt -w FILE",
			check: checkFormat,
			bad:   []map[string]string{{"event/a.go": "package event\nvar  x = 1\n"}},
			good:  map[string]string{"event/a.go": "package event\n\nvar x = 1\n"},
		},
	}
}

func timeRules() []rule {
	const body = "package event\n\nimport (\n\t\"testing\"\n\t\"time\"\n)\n\nfunc TestA(t *testing.T) {\n"
	return []rule{
		{
			name:  "no sleep outside a bubble",
			why:   "real sleeping makes a test slow when it is right and flaky when the machine is slow; in a bubble it costs nothing and is exact",
			mend:  "put it into the function literal given to synctest.Test, dye.Test or rapid.SyncTest; where the code is called from a bubble, write `//tidy:bubble why` on the line, above it, or in the function's doc comment",
			check: checkSleep,
			bad: []map[string]string{
				{"event/a_test.go": body + "\ttime.Sleep(1)\n}\n"},
				{"event/a_test.go": body + "\tsynctest.Test(t, func(t *testing.T) {})\n\ttime.Sleep(1)\n}\n"},
				{"event/a_test.go": body + "\t//tidy:bubble\n\ttime.Sleep(1)\n}\n"},
				{"event/a_test.go": body + "\tt.Run(\"x\", func(t *testing.T) { time.Sleep(1) })\n}\n"},
			},
			good: map[string]string{
				"event/a_test.go": body + "\tsynctest.Test(t, func(t *testing.T) { time.Sleep(1) })\n\tdye.Test(t, func(d *dye.T) { go func() { time.Sleep(1) }() })\n}\n",
				"event/b_test.go": body + "\t//tidy:bubble only called from synctest.Test\n\ttime.Sleep(1)\n}\n",
				"event/c_test.go": "package event\n\nimport \"time\"\n\n// pause lets time pass.\n//\n//tidy:bubble only called from synctest.Test\nfunc pause() {\n\n\n\ttime.Sleep(1)\n}\n",
			},
		},
		{
			name: "the pipeline has one clock and no goroutine",
			why: "a goroutine of the pipeline's own keeps a synctest bubble from ending, and real time beside the engine's clock breaks virtual time " +
				"and the replay of a seed",
			mend:  "schedule and wait on the engine (Now, Schedule, NewPoll), and watch a context by context.AfterFunc; the clock itself lives in pipeline/engine/clock.go",
			check: checkClock,
			allow: map[string]string{
				"pipeline/engine/clock.go":     "it is the clock",
				"pipeline/engine/park.go":      "a client waits by package time: under a manual clock, too, its long poll must end after the seconds it asked for",
				"pipeline/engine/consumers.go": "how long ago a consumer was answered is the client's time, as a poll's wait is",
				"pipeline/engine/tasks.go":     "due tasks run on a goroutine that ends when nothing is due",

				"pipeline/engine/work.go":       "the user's functions and requests to the outside block; each has a goroutine that ends with it and is counted until then",
				"pipeline/engine/labels.go":     "starts the consumers that its user asks it to start, and so can tell when they rest",
				"pipeline/engine/quiescence.go": "outside a bubble a user's goroutine tells nobody when it rests: only looking again does",
			},
			bad: []map[string]string{
				{"pipeline/sqs/a.go": "package sqs\n\nimport \"time\"\n\nvar t = time.Now()\n"},
				{"pipeline/sqs/a.go": "package sqs\n\nfunc f() { go f() }\n"},
				{"pipeline/sqs/a.go": "package sqs\n\nfunc f(ctx context.Context) {\n\tselect {\n\tcase <-ctx.Done():\n\t}\n}\n"},
			},
			good: map[string]string{
				"pipeline/sqs/a.go":      "package sqs\n\nimport \"time\"\n\nvar t = time.Unix(0, 0)\n",
				"pipeline/sqs/a_test.go": "package sqs\n\nfunc f() { go f() }\n",
			},
		},
	}
}
