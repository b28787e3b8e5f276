package session_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The golden transcripts of the Java SDK, which this one follows word for word. Lines with "> " are inputs, those with "< "
// what the machine does, and others say what happens.
var transcripts = filepath.Join("..", "..", "..", "..", "sdk-java", "agent", "src", "test", "resources", "transcripts")

// input is an input line: a verb, words, and name=value settings.
type input struct {
	verb     string
	words    []string
	settings map[string]string
}

func parseInput(line string) input {
	parsed := input{settings: map[string]string{}}
	for i, part := range strings.Fields(line) {
		name, value, isSetting := strings.Cut(part, "=")
		switch {
		case i == 0:
			parsed.verb = part
		case isSetting:
			parsed.settings[name] = value
		default:
			parsed.words = append(parsed.words, part)
		}
	}
	return parsed
}

func (i input) number(index int) uint64 { return number(i.words[index]) }

func (i input) setting(name string, otherwise uint64) uint64 {
	if value, given := i.settings[name]; given {
		return number(value)
	}
	return otherwise
}

func (i input) has(setting string) bool {
	_, given := i.settings[setting]
	return given
}

func transcriptNames(t *testing.T, folder string) []string {
	t.Helper()
	files, err := os.ReadDir(filepath.Join(transcripts, folder))
	if err != nil || len(files) == 0 {
		t.Fatalf("Expected transcripts of the Java SDK, but there are none: %v", err)
	}
	found := make([]string, len(files))
	for i, file := range files {
		found[i] = file.Name()
	}
	return found
}

// playTranscript plays the inputs of a golden transcript; take answers what the machine does with one.
func playTranscript(t *testing.T, folder, name string, take func(input) []string) {
	t.Helper()
	read, err := os.ReadFile(filepath.Join(transcripts, folder, name))
	if err != nil {
		t.Fatal(err)
	}
	golden := strings.Split(strings.TrimSuffix(string(read), "\n"), "\n")
	var actual []string
	for _, line := range golden {
		if strings.HasPrefix(line, "< ") {
			continue
		}
		actual = append(actual, line)
		if text, isInput := strings.CutPrefix(line, "> "); isInput {
			for _, output := range take(parseInput(text)) {
				actual = append(actual, "< "+output)
			}
		}
	}
	for i := range max(len(golden), len(actual)) {
		if i >= len(golden) || i >= len(actual) || golden[i] != actual[i] {
			from := max(0, i-5)
			t.Fatalf("Expected line %d of %s as it is there, but they part:\n%s\n-- but the machine does --\n%s", i+1, name,
				strings.Join(golden[from:min(len(golden), i+3)], "\n"), strings.Join(actual[from:min(len(actual), i+3)], "\n"))
		}
	}
}

// transitionTable is the table of transitions in a state machine's documentation: state, input, next state.
type transitionTable struct {
	rows   []transitionRow
	walked map[[2]string]bool
}

type transitionRow struct {
	before []string
	after  string
}

func readTransitionTable(t *testing.T, source string, states []string) *transitionTable {
	t.Helper()
	text, err := os.ReadFile(source)
	if err != nil {
		t.Fatal(err)
	}
	table := &transitionTable{walked: map[[2]string]bool{}}
	for _, row := range regexp.MustCompile(`(?m)^//\t\| (.+?) \| .+? \| (\w+) \| .* \|$`).FindAllStringSubmatch(string(text), -1) {
		if row[1] == "in" {
			continue
		}
		named := regexp.MustCompile(`[A-Z_]{2,}`).FindAllString(row[1], -1)
		if strings.HasPrefix(row[1], "any but ") {
			named = slices.DeleteFunc(slices.Clone(states), func(state string) bool { return slices.Contains(named, state) })
		}
		for _, state := range append(named, row[2]) {
			if !slices.Contains(states, state) {
				t.Fatalf("Expected states in the table, but got %s", state)
			}
		}
		table.rows = append(table.rows, transitionRow{named, row[2]})
	}
	if len(table.rows) < 5 {
		t.Fatalf("Expected a table of transitions in %s, but found %d rows", source, len(table.rows))
	}
	return table
}

func (t *transitionTable) walk(before, after string) {
	if before != after {
		t.walked[[2]string{before, after}] = true
	}
}

// check that every step taken is in the table, and every row of the table was taken.
func (table *transitionTable) check(t *testing.T) {
	t.Helper()
	documented := map[[2]string]bool{}
	for _, row := range table.rows {
		taken := false
		for _, before := range row.before {
			pair := [2]string{before, row.after}
			documented[pair] = true
			taken = taken || table.walked[pair]
		}
		if !taken {
			t.Errorf("no transcript walks %v -> %s", row.before, row.after)
		}
	}
	for pair := range table.walked {
		if !documented[pair] {
			t.Errorf("the table does not have %s -> %s", pair[0], pair[1])
		}
	}
}
