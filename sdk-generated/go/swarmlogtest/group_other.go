//go:build !unix

package swarmlogtest

import "syscall"

func ownGroup() *syscall.SysProcAttr { return nil }
