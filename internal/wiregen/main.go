// Command wiregen turns AWS's service models into the wire types of the services: requests, answers, constraints, codecs,
// error constructors and the table of operations.
//
// It works in two stages. With -import DIR it reads the models as the botocore package ships them (DIR is the package's
// folder data) and keeps, in models/, what operations.json asks for: the shapes of the implemented operations without
// documentation, and the names of all others; names of models as arguments ("sns/2010-03-31") restrict it to those. The form
// that SQS's query protocol had comes from an older release, with -import-query DIR. Without these flags, it writes the Go files.
// Only the first stage needs botocore.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
)

//go:generate go run .

func main() {
	from := flag.String("import", "", "folder `data` of the botocore package to take models from")
	old := flag.String("import-query", "", "folder `data` of an older botocore to take query forms from")
	flag.Parse()
	if err := run(*from, *old, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "wiregen:", err)
		os.Exit(1)
	}
}

func run(from, old string, only []string) error {
	root, err := moduleRoot()
	if err != nil {
		return err
	}
	here := filepath.Join(root, "internal", "wiregen")
	services, err := readServices(here)
	if err != nil {
		return err
	}
	for _, s := range services {
		if from != "" && (len(only) == 0 || slices.Contains(only, s.Model)) {
			if err := importModel(from, here, s); err != nil {
				return fmt.Errorf("import of %s: %w", s.Model, err)
			}
		}
		if old != "" && s.QueryForm != nil {
			if err := importQueryForm(old, here, s); err != nil {
				return fmt.Errorf("import of the query form of %s: %w", s.Model, err)
			}
		}
	}
	files, err := generate(here, services)
	if err != nil {
		return err
	}
	for _, f := range files {
		path := filepath.Join(root, filepath.FromSlash(f.path))
		if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, f.text) {
			continue
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, f.text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// moduleRoot finds the module by the place of this source file, so that the command works from any folder in it.
func moduleRoot() (string, error) {
	_, file, _, ok := runtime.Caller(0)
	if ok && filepath.IsAbs(file) {
		return filepath.Dir(filepath.Dir(filepath.Dir(file))), nil
	}
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
	}
	return "", fmt.Errorf("no go.mod above the working folder: run `go generate ./internal/wiregen` inside the module")
}
