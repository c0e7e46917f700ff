package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dyetrace/dyetrace/report"
	"github.com/dyetrace/dyetrace/report/reasons"
)

func explainCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "explain [CODE...]",
		Short: "Say what a code means, its usual cause, and what to do",
		Long: "Explain the codes that dyetrace prints: the reasons of hops, the errors of calls, the refusals of the control API and the\n" +
			"kinds of findings. Without a code it lists them all.",
		Example: "  dyetrace explain PatternMismatch\n  dyetrace explain\n  dyetrace explain --json | jq -r .code",
		RunE: func(cmd *cobra.Command, codes []string) error {
			list := reasons.All()
			if len(codes) > 0 {
				var err error
				if list, err = explained(codes); err != nil {
					return &exitError{exitUsage, err}
				}
			}
			out := cmd.OutOrStdout()
			switch {
			case asJSON:
				return explainJSON(out, list)
			case len(codes) > 0:
				return explainText(out, list)
			}
			return listCodes(out, list)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one line of JSON per code")
	return cmd
}

// explained looks the codes up; one that is unknown is an error that names those it may have meant.
func explained(codes []string) ([]reasons.Explanation, error) {
	var list []reasons.Explanation
	for _, code := range codes {
		found := reasons.Find(code)
		if len(found) == 0 {
			hint := ""
			if near := reasons.Near(code); len(near) > 0 {
				hint = "did you mean " + strings.Join(near, ", ") + "? "
			}
			return nil, fmt.Errorf("there is no code %q; %sdyetrace explain lists all", report.Clean(code), hint)
		}
		list = append(list, found...)
	}
	return list, nil
}

func explainJSON(out io.Writer, list []reasons.Explanation) error {
	lines := json.NewEncoder(out)
	lines.SetEscapeHTML(false)
	for _, e := range list {
		line := struct {
			V int `json:"v"`
			reasons.Explanation
		}{1, e}
		if err := lines.Encode(line); err != nil {
			return err
		}
	}
	return nil
}

// whose says where each source's codes are met.
var whose = map[reasons.Source]string{
	reasons.Hop: "reason of a hop", reasons.Call: "error of a call", reasons.Control: "refusal of the control API", reasons.Finding: "kind of a finding",
}

func explainText(out io.Writer, list []reasons.Explanation) error {
	var b strings.Builder
	for i, e := range list {
		if i > 0 {
			b.WriteString("\n")
		}
		fmt.Fprintf(&b, "%s, %s\n", e.Code, whose[e.Source])
		if len(e.Also) > 0 {
			fmt.Fprintf(&b, "  also    %s\n", strings.Join(e.Also, ", "))
		}
		fmt.Fprintf(&b, "  means   %s\n  cause   %s\n  do      %s\n", e.Meaning, e.Cause, e.Do)
	}
	return text(out, b.String())
}

func listCodes(out io.Writer, list []reasons.Explanation) error {
	var b strings.Builder
	var last reasons.Source
	for _, e := range list {
		if e.Source != last {
			if last != "" {
				b.WriteString("\n")
			}
			fmt.Fprintf(&b, "Each is the %s:\n", whose[e.Source])
			last = e.Source
		}
		fmt.Fprintf(&b, "  %-40s  %s\n", e.Code, e.Meaning)
	}
	b.WriteString("\ndyetrace explain CODE says the usual cause and what to do.\n")
	return text(out, b.String())
}
