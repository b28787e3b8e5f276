package swarmlogtest

import "syscall"

// processAttributes are those of a coordinator. A Ctrl-C is for the tests, which then stop it. If the tests are killed, and
// can stop nothing any more, it is killed with the thread that started it.
func processAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
