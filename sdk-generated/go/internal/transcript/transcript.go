// Package transcript plays golden scenarios as text, the same for all SDKs. They lie with the Java SDK, whose tests write
// them anew where its behaviour changes.
package transcript

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The golden transcripts of the Java SDK, which this one follows word for word. Lines with "> " are inputs, those with "< "
// what the machine does, and others say what happens.
var transcripts = filepath.Join("..", "..", "..", "..", "sdk-java", "agent", "src", "test", "resources", "transcripts")

// Input is an input line: a verb, words, and name=value settings.
type Input struct {
	Verb     string
	Words    []string
	Settings map[string]string
}

// Parse reads an input line, without what marks it as one.
func Parse(line string) Input {
	parsed := Input{Settings: map[string]string{}}
	for i, part := range strings.Fields(line) {
		name, value, isSetting := strings.Cut(part, "=")
		switch {
		case i == 0:
			parsed.Verb = part
		case isSetting:
			parsed.Settings[name] = value
		default:
			parsed.Words = append(parsed.Words, part)
		}
	}
	return parsed
}

// Number returns a word that is a number.
func (i Input) Number(index int) uint64 { return number(i.Words[index]) }

// Setting returns a setting that is a number.
func (i Input) Setting(name string, otherwise uint64) uint64 {
	if value, given := i.Settings[name]; given {
		return number(value)
	}
	return otherwise
}

// Has says whether something is set.
func (i Input) Has(setting string) bool {
	_, given := i.Settings[setting]
	return given
}

// Names returns the transcripts of a folder.
func Names(t testing.TB, folder string) []string {
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

// Play plays the inputs of a golden transcript; take answers what the machine does with one.
func Play(t testing.TB, folder, name string, take func(Input) []string) {
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
			for _, output := range take(Parse(text)) {
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

// Table is the table of transitions in a state machine's documentation: state, input, next state.
type Table struct {
	rows   []tableRow
	walked map[[2]string]bool
}

type tableRow struct {
	before []string
	after  string
}

// ReadTable reads the table in a source file.
func ReadTable(t testing.TB, source string, states []string) *Table {
	t.Helper()
	text, err := os.ReadFile(source)
	if err != nil {
		t.Fatal(err)
	}
	table := &Table{walked: map[[2]string]bool{}}
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
		table.rows = append(table.rows, tableRow{named, row[2]})
	}
	if len(table.rows) < 5 {
		t.Fatalf("Expected a table of transitions in %s, but found %d rows", source, len(table.rows))
	}
	return table
}

// Walk notes a step.
func (table *Table) Walk(before, after string) {
	if before != after {
		table.walked[[2]string{before, after}] = true
	}
}

// Check that every step taken is in the table, and every row of the table was taken.
func (table *Table) Check(t testing.TB) {
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

func number(text string) uint64 {
	read, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		panic("Expected a number in a transcript, but got " + text)
	}
	return read
}
