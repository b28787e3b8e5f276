//go:build unix && !linux

package swarmlogtest

import "syscall"

// processAttributes are those of a coordinator. A Ctrl-C is for the tests, which then stop it.
func processAttributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
