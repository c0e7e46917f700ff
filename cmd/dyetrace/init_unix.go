//go:build unix

package main

import (
	"os/exec"
	"syscall"
)

// endWithChildren lets a cancelled command end together with what it started: a shell's children outlive it otherwise.
func endWithChildren(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
