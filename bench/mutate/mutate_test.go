package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A module with a room that tests one of its functions well and another not at all,
// and a room above it that tests what the first forgets.
func smallModule(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range map[string]string{
		"go.mod": "module small\n\ngo 1.26\n",
		"room/room.go": `package room

const most = 50

// Large is tested.
func Large(n int) bool {
	return n > most
}

// Sign is tested from above only.
func Sign(n int) string {
	if n < 0 {
		return "minus"
	}
	return "plus"
}

// Forgotten is not tested.
func Forgotten(n int) bool { return n >= 7 }
`,
		"room/room_test.go": `package room

import "testing"

func TestLarge(t *testing.T) {
	if Large(50) || !Large(51) {
		t.Fatal("wrong")
	}
}
`,
		"above/above.go": `package above

import "small/room"

// Signs is about signs.
func Signs() string { return room.Sign(-1) + room.Sign(0) }
`,
		"above/above_test.go": `package above

import "testing"

func TestSigns(t *testing.T) {
	if Signs() != "minusplus" {
		t.Fatal(Signs())
	}
}
`,
	} {
		file := filepath.Join(root, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o750))
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	}
	return root
}

func mutated(t *testing.T, args ...string) string {
	t.Helper()
	var out, progress bytes.Buffer
	require.NoError(t, run(t.Context(), args, &out, &progress), progress.String())
	return out.String()
}

func TestChangesThatNoTestFindsAreNamed(t *testing.T) {
	t.Parallel()
	root := smallModule(t)
	report := mutated(t, "--root", root, "--only", "room", "--changes", "100")
	lines := strings.Split(report, "\n")
	require.Equal(t, []string{"room", "6", "5", "83", "%", "1", "0"}, strings.Fields(lines[1]), report)
	require.Contains(t, report, "room/room.go: n >= 7 => n > 7\n    line 19, in \"Forgotten\": bound -- no test says so")
	require.Equal(t, 1, strings.Count(report, "no test says so"), "what the room above tests is found: %s", report)

	source, err := os.ReadFile(filepath.Join(root, "room", "room.go"))
	require.NoError(t, err)
	require.Contains(t, string(source), "return n >= 7", "the tree is not touched")
}

func TestAcceptedSurvivorsAreNamedWithTheirReasons(t *testing.T) {
	t.Parallel()
	known := filepath.Join(t.TempDir(), "accepted.txt")
	require.NoError(t, os.WriteFile(known, []byte("# known\nroom/room.go: n >= 7 => n > 7 -- nobody calls it\n"), 0o600))
	reasons, err := accepted(known)
	require.NoError(t, err)
	c := Change{File: "room/room.go", Line: 19, Func: "Forgotten", Kind: Bound, Old: "n >= 7", New: "n  >\n7"}
	require.Equal(t, "nobody calls it", reasons[c.String()])
	var report bytes.Buffer
	require.NoError(t, write(&report, []Result{{Room: "room", Change: c, Outcome: Survived, Reason: reasons[c.String()]}}))
	require.Contains(t, report.String(), "bound -- nobody calls it")
	require.Equal(t, []string{"room", "1", "0", "0", "%", "0", "1"}, strings.Fields(strings.Split(report.String(), "\n")[1]))

	require.NoError(t, os.WriteFile(known, []byte("room/room.go: n >= 7 => n > 7\n"), 0o600))
	_, err = accepted(known)
	require.ErrorContains(t, err, "line 1: write FILE: OLD => NEW -- reason")
}

func TestAChangeThatDoesNotCompileIsReplacedByAnother(t *testing.T) {
	t.Parallel()
	root := smallModule(t)
	// Without its return the function has no end.
	file := filepath.Join(root, "room", "ends.go")
	require.NoError(t, os.WriteFile(file, []byte("package room\n\nfunc ends(n int) int {\n\tif n > 3 {\n\t\treturn 1\n\t} else {\n\t\treturn 2\n\t}\n}\n"), 0o600))
	report := mutated(t, "--root", root, "--only", "room", "--changes", "100")
	require.NotContains(t, report, "return 1", "it is no program, so it is not counted")
	require.Contains(t, report, "n > 3")
}

func TestTheSameSeedTakesTheSameChanges(t *testing.T) {
	t.Parallel()
	root := smallModule(t)
	first := mutated(t, "--root", root, "--list", "--seed", "3")
	require.NotEmpty(t, first)
	require.Equal(t, first, mutated(t, "--root", root, "--list", "--seed", "3"))
	require.NotEqual(t, first, mutated(t, "--root", root, "--list", "--seed", "4"))
}

func TestWrongFlagsAreToldAsSuch(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	for _, args := range [][]string{{"--changes", "0"}, {"surplus"}, {"--only", "nowhere"}, {"--what"}} {
		require.ErrorIs(t, run(t.Context(), append([]string{"--root", smallModule(t)}, args...), &out, &out), errUsage, "%v", args)
	}
}
