package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// releaseTime is how long a script's output may stay open after the script has ended: what it left in the background holds it.
const releaseTime = 2 * time.Second

// A hook is a script that runs after the server listens and before it says so.
type hook struct {
	name    string // of the file, without its folder
	command []string
}

// findHooks returns what --init names: a file, or the files of a folder in the order of their names, without those that begin
// with a dot. Other files of a folder that cannot be run, the scripts' data perhaps, are told on errOut and left out.
func findHooks(paths []string, errOut io.Writer) ([]hook, error) {
	var hooks []hook
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, fmt.Errorf("--init must name a file or folder: %w", err)
		}
		if !info.IsDir() {
			h, err := newHook(path)
			if err != nil {
				return nil, err
			}
			hooks = append(hooks, h)
			continue
		}
		entries, err := os.ReadDir(path) // sorted
		if err != nil {
			return nil, fmt.Errorf("--init must name a folder that can be read: %w", err)
		}
		for _, e := range entries {
			file := filepath.Join(path, e.Name())
			// Stat, not the entry: in a mounted Kubernetes ConfigMap every file is a link.
			if info, err := os.Stat(file); err != nil || info.IsDir() || strings.HasPrefix(e.Name(), ".") {
				continue
			}
			h, err := newHook(file)
			if err != nil {
				fmt.Fprintf(errOut, "dyetrace: %v; left out\n", err)
				continue
			}
			hooks = append(hooks, h)
		}
	}
	return hooks, nil
}

// newHook decides how a file is run. Whether it can be is the system's question: the executable bit, or on Windows the extension.
func newHook(path string) (hook, error) {
	file, err := filepath.Abs(path) // a name without a slash would be looked up in PATH
	if err != nil {
		return hook{}, err
	}
	name := filepath.Base(file)
	if _, err := exec.LookPath(file); err == nil {
		return hook{name, []string{file}}, nil
	}
	if filepath.Ext(name) == ".sh" && runtime.GOOS != "windows" {
		return hook{name, []string{"sh", file}}, nil
	}
	return hook{}, fmt.Errorf("%s in --init is not executable", path)
}

// runHooks runs one hook after the other until one fails or ctx ends.
func runHooks(ctx context.Context, hooks []hook, env [][2]string, errOut io.Writer) error {
	for _, h := range hooks {
		if err := h.run(ctx, env, errOut); err != nil {
			return err
		}
	}
	return nil
}

func (h hook) run(ctx context.Context, env [][2]string, errOut io.Writer) error {
	out := &prefixed{to: errOut, prefix: h.name + ": "}
	cmd := exec.CommandContext(ctx, h.command[0], h.command[1:]...)
	cmd.Stdout, cmd.Stderr = out, out
	cmd.Env = hookEnviron(os.Environ(), env)
	cmd.WaitDelay = releaseTime
	endWithChildren(cmd)
	err := cmd.Run()
	out.flush()
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err == nil, errors.Is(err, exec.ErrWaitDelay):
		return nil
	}
	return fmt.Errorf("init script %s failed (%w): correct it, or start without --init", h.name, err)
}

// hookEnviron returns the caller's environment with our AWS_ variables instead of the caller's: a profile or an endpoint for one service
// would let a script meant for this server write to a real account.
func hookEnviron(caller []string, env [][2]string) []string {
	var all []string
	for _, e := range caller {
		if !strings.HasPrefix(strings.ToUpper(e), "AWS_") {
			all = append(all, e)
		}
	}
	for _, e := range env {
		all = append(all, e[0]+"="+e[1])
	}
	return all
}

// prefixed writes whole lines, each after a prefix.
type prefixed struct {
	to     io.Writer
	prefix string
	line   []byte // begun
}

// Write keeps what is not a whole line for the next call.
func (p *prefixed) Write(data []byte) (int, error) {
	n := len(data)
	for {
		line, rest, whole := bytes.Cut(data, []byte("\n"))
		p.line = append(p.line, line...)
		if !whole {
			return n, nil
		}
		if _, err := fmt.Fprintf(p.to, "%s%s\n", p.prefix, p.line); err != nil {
			return 0, err
		}
		p.line, data = p.line[:0], rest
	}
}

// flush ends the last line, if its writer did not.
func (p *prefixed) flush() {
	if len(p.line) > 0 {
		p.Write([]byte("\n"))
	}
}
