// Command packaging writes a module as a folder that the go command takes for a module proxy:
//
//	packaging FOLDER VERSION PROXY
//
// It is a module of its own, so that the SDK does not depend on what packs it. The layout is that of
// https://go.dev/ref/mod#goproxy-protocol.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/zip"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 4 {
		log.Fatal("usage: packaging FOLDER VERSION PROXY")
	}
	if err := pack(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		log.Fatalf("Expected to pack %s: %v", os.Args[1], err)
	}
}

func pack(folder, version, proxy string) error {
	mod, err := os.ReadFile(filepath.Join(folder, "go.mod"))
	if err != nil {
		return err
	}
	packed := module.Version{Path: modfile.ModulePath(mod), Version: version}
	if err := module.Check(packed.Path, packed.Version); err != nil {
		return err
	}
	escaped, err := module.EscapePath(packed.Path)
	if err != nil {
		return err
	}
	versions := filepath.Join(proxy, filepath.FromSlash(escaped), "@v")
	if err := os.MkdirAll(versions, 0o755); err != nil {
		return err
	}
	info, err := json.Marshal(map[string]any{"Version": version, "Time": time.Now().UTC().Truncate(time.Second)})
	if err != nil {
		return err
	}
	for name, content := range map[string][]byte{
		"list":            []byte(version + "\n"),
		version + ".info": info,
		version + ".mod":  mod,
	} {
		if err := os.WriteFile(filepath.Join(versions, name), content, 0o644); err != nil {
			return err
		}
	}
	archive, err := os.Create(filepath.Join(versions, version+".zip"))
	if err != nil {
		return err
	}
	if err := zip.CreateFromDir(archive, packed, folder); err != nil {
		return fmt.Errorf("the module's archive: %w", err)
	}
	return archive.Close()
}
