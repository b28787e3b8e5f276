package swarmlog

import "runtime/debug"

const modulePath = "swarmlog.dev/go"

// Version returns that of the module, as the program was built with it; "0.1.0-dev" where it was built from a checkout.
func Version() string {
	if built, ok := debug.ReadBuildInfo(); ok {
		for _, module := range append(built.Deps, &built.Main) {
			if module.Path == modulePath && len(module.Version) > 1 && module.Version[0] == 'v' {
				return module.Version[1:]
			}
		}
	}
	return "0.1.0-dev"
}
