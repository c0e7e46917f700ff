// Package reasons explains every code that dyetrace prints: why a hop ended as it did, why the control API refused a request, with
// which error a call of an AWS API failed, and of which kind a finding is. Its table is complete: a test collects the codes from the
// source.
package reasons
