package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

// The vectors of the conformance suite, computed as the testee computes them: numbers are compared by value.
func TestComputesTheVectors(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "..", "..", "conformance", "vectors", "*.json"))
	if err != nil || len(files) == 0 {
		t.Skipf("Expected the vectors of the conformance suite, but there are none here: %v", err)
	}
	for _, file := range files {
		var of struct {
			Kind    string
			Vectors []struct {
				Name            string
				Input, Expected json.RawMessage
			}
		}
		content, err := os.ReadFile(file)
		if err == nil {
			err = json.Unmarshal(content, &of)
		}
		if err != nil || len(of.Vectors) == 0 {
			t.Fatalf("Expected vectors in %s, but: %v", file, err)
		}
		compute, known := kinds[of.Kind]
		if !known {
			t.Errorf("Expected to know the kind %s, but do not", of.Kind)
			continue
		}
		for _, vector := range of.Vectors {
			computed, err := compute(vector.Input)
			if err != nil || !reflect.DeepEqual(decoded(t, computed), decoded(t, vector.Expected)) {
				t.Errorf("Expected %s of %s to be %s, but got %s, %v", of.Kind, vector.Name, vector.Expected, computed, err)
			}
		}
	}
}

func decoded(t *testing.T, text []byte) (value any) {
	t.Helper()
	if err := json.Unmarshal(text, &value); err != nil {
		t.Fatalf("Expected JSON, but got %s: %v", text, err)
	}
	return value
}
