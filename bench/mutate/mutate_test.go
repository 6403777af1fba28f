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
	require.NoError(t, os.Rename(filepath.Join(root, "above"), filepath.Join(root, "room", "above")))
	report := mutated(t, "--root", root, "--only", "room", "--changes", "100")
	require.Equal(t, 3, strings.Count(report, " | 6 | 5 | 83 % | 1 | 0 |\n"), "of the group, the room and all: %s", report)
	require.Contains(t, report, "- `room/room.go: n >= 7 => n > 7`\n  line 19, in `Forgotten`: bound -- no test says so")
	require.Contains(t, report, "not under git", "the commit is named where there is one")
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
	require.NoError(t, write(&report, []Group{{"room", 1}}, []Result{{Room: "room", Group: "room", Change: c, Outcome: Survived, Reason: reasons[c.String()]}}))
	require.Contains(t, report.String(), "bound -- nobody calls it")
	require.Contains(t, report.String(), "| room | 1 | 0 | 0 % | 0 | 1 |")

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
	for _, args := range [][]string{{"--changes", "0"}, {"surplus"}, {"--only", "nowhere"}, {"--only", "room=none"}, {"--only", "room=0"}, {"--what"}} {
		require.ErrorIs(t, run(t.Context(), append([]string{"--root", smallModule(t)}, args...), &out, &out), errUsage, "%v", args)
	}
}

func TestAGroupHoldsTheRoomThatItNamesAndThoseBelowWhereItSaysSo(t *testing.T) {
	t.Parallel()
	root := smallModule(t)
	require.NoError(t, os.Rename(filepath.Join(root, "above"), filepath.Join(root, "room", "above")))
	both := mutated(t, "--root", root, "--list", "--only", "room/...=2")
	require.Contains(t, both, "room/room.go")
	require.Equal(t, 2, strings.Count(both, "\n"), "two of the one room, and the other has nothing to change")
	require.Empty(t, mutated(t, "--root", root, "--list", "--only", "room/above"))
}

func TestARoomOfAnotherQuarterIsNotAsked(t *testing.T) {
	t.Parallel()
	report := mutated(t, "--root", smallModule(t), "--only", "room", "--changes", "100")
	require.Contains(t, report, "in `Sign`", "only the room above, in a folder of its own, tests it")
}

func TestALogIsGoneOnWith(t *testing.T) {
	t.Parallel()
	root, log := smallModule(t), filepath.Join(t.TempDir(), "log")
	first := mutated(t, "--root", root, "--only", "room", "--log", log)
	require.Contains(t, first, "Forgotten")
	before, err := os.ReadFile(log)
	require.NoError(t, err)
	require.Contains(t, string(before), `"By":"room TestLarge"`)

	// With a test more, only what survived is tried again.
	test := filepath.Join(root, "room", "more_test.go")
	require.NoError(t, os.WriteFile(test, []byte("package room\n\nimport \"testing\"\n\nfunc TestForgotten(t *testing.T) {\n\tif !Forgotten(7) {\n\t\tt.Fatal()\n\t}\n}\n"), 0o600))
	require.NotContains(t, mutated(t, "--root", root, "--only", "room", "--log", log), "Forgotten")
	after, err := os.ReadFile(log)
	require.NoError(t, err)
	added := strings.TrimPrefix(string(after), string(before))
	require.NotContains(t, added, "TestLarge")
	require.Contains(t, added, "TestForgotten")

	// What it holds can be reported again without a try.
	told := mutated(t, "--root", root, "--only", "room", "--log", log, "--told")
	require.Contains(t, told, "| room | 6 | 3 | 50 % | 3 | 0 |")
	again, err := os.ReadFile(log)
	require.NoError(t, err)
	require.Equal(t, string(after), string(again))

	// Another source is another matter.
	source := filepath.Join(root, "room", "room.go")
	data, err := os.ReadFile(source)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(source, append(data, "\n// More.\n"...), 0o600))
	mutated(t, "--root", root, "--only", "room", "--log", log)
	all, err := os.ReadFile(log)
	require.NoError(t, err)
	require.Contains(t, strings.TrimPrefix(string(all), string(after)), "TestLarge")

	require.NoError(t, os.WriteFile(log, []byte("scribble"), 0o600))
	_, err = openLog(log)
	require.ErrorContains(t, err, "remove it to try everything anew")
}

func TestATestThatFailsWithoutAChangeFindsNothing(t *testing.T) {
	t.Parallel()
	root := smallModule(t)
	file := filepath.Join(root, "room", "broken_test.go")
	require.NoError(t, os.WriteFile(file, []byte("package room\n\nimport \"testing\"\n\nfunc TestBroken(t *testing.T) { t.Fatal(Forgotten(7)) }\n"), 0o600))
	var out, progress bytes.Buffer
	require.NoError(t, run(t.Context(), []string{"--root", root, "--only", "room"}, &out, &progress))
	require.Contains(t, out.String(), "in `Forgotten`")
	require.Contains(t, progress.String(), "room: tests that fail without a change, and are left out: TestBroken")
}

func TestAConstantIsTriedWithTheTestsOfWhatUsesIt(t *testing.T) {
	t.Parallel()
	changes, err := findAll(smallModule(t), []string{"room/room.go"})
	require.NoError(t, err)
	require.Equal(t, "50", changes[0].Old)
	require.Equal(t, []Place{{"room/room.go", 7}}, changes[0].places)

	lines, err := covered([]byte("mode: set\nsmall/room/room.go:6.24,8.2 1 1\nsmall/room/room.go:12.2,13.4 1 0\n"), "small")
	require.NoError(t, err)
	reach := &Reach{Tests: []Reached{{Test: "TestLarge", lines: lines}}}
	require.Len(t, reach.of(changes[0].places), 1)
	require.Empty(t, reach.of([]Place{{"room/room.go", 12}}), "a block that did not run")
	require.Len(t, reach.of(nil), 1, "used in other rooms only")
	_, err = covered([]byte("scribble\n"), "small")
	require.ErrorContains(t, err, "no line of a cover profile")
}

func TestACaseIsAskedWithItsSwitch(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(root, "room.go"), []byte(`package room

func kind(n int) int {
	switch m := n + 1; {
	case m == 7,
		m == 8:
		switch {
		case n > 5:
			return 1
		}
	case func() bool {
		return n < 0
	}():
		return 3
	}
	return 2
}
`), 0o600))
	changes, err := findAll(root, []string{"room.go"})
	require.NoError(t, err)
	for i, want := range []struct{ line, place int }{{5, 4}, {6, 4}, {8, 7}, {12, 4}} {
		require.Equal(t, want.line, changes[i].Line, changes[i].Old)
		require.Equal(t, []Place{{"room.go", want.place}}, changes[i].places, changes[i].Old)
	}
}
