//go:build !unix

package swarmlogtest

import "syscall"

func processAttributes() *syscall.SysProcAttr { return nil }
