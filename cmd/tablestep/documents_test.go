package main_test

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
)

// fences are blocks of code, in which nothing is a link or a heading.
var fences = regexp.MustCompile("(?ms)^```.*?^```")

// documents are all Markdown files of the project by their path below its folder, as
// they are read: without blocks of code.
func documents(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".md") {
			return err
		}
		raw, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		found[filepath.ToSlash(rel)] = fences.ReplaceAllString(string(raw), "")
		return err
	})
	require.NoError(t, err)
	require.Contains(t, found, "README.md")
	return found
}

// anchors are the names by which the headings of a document are linked to: in small
// letters, words joined by hyphens, without other signs.
func anchors(text string) map[string]bool {
	found := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(text, -1) {
		found[strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case unicode.IsLetter(r), unicode.IsDigit(r), r == '-', r == '_':
				return unicode.ToLower(r)
			}
			return -1
		}, m[1])] = true
	}
	return found
}

func TestTheLinksOfTheDocumentsLeadSomewhere(t *testing.T) {
	all := documents(t)
	links := 0
	for file, text := range all {
		for _, m := range regexp.MustCompile(`\]\(([^)\s]+)\)`).FindAllStringSubmatch(text, -1) {
			target, anchor, _ := strings.Cut(m[1], "#")
			if strings.Contains(target, "://") {
				continue
			}
			links++
			to := file
			if target != "" {
				to = path.Join(path.Dir(file), target)
				require.FileExists(t, filepath.Join(root, to), "%s links to %s", file, m[1])
			}
			if anchor != "" {
				require.Contains(t, anchors(all[to]), anchor, "%s links to %s", file, m[1])
			}
		}
	}
	require.Greater(t, links, 40)
}

func TestEveryDocumentIsReachedFromTheReadme(t *testing.T) {
	readme := documents(t)["README.md"]
	for _, file := range []string{
		"tables/index/MATCHING.md", "tables/ingest/UPLOADS.md", "engine/rules/RULES.md", "cmd/tablestep/OPERATING.md", "CHANGELOG.md",
	} {
		require.Contains(t, readme, "]("+file+")")
	}
}

func TestTheReadmeStaysShort(t *testing.T) {
	raw, err := os.ReadFile(root + "/README.md")
	require.NoError(t, err)
	require.LessOrEqual(t, strings.Count(string(raw), "\n"), 400)
}

func TestThePictureOfTheReadmeIsSmall(t *testing.T) {
	m := regexp.MustCompile(`!\[[^\]]+\]\(([^)]+\.png)\)`).FindStringSubmatch(documents(t)["README.md"])
	require.NotNil(t, m)
	raw, err := os.ReadFile(filepath.Join(root, m[1]))
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(string(raw), "\x89PNG\r\n"))
	require.Less(t, len(raw), 150_000)
}

// TestTheLayoutNamesEveryPackage holds the README's picture beside the map that the
// imports are held against.
func TestTheLayoutNamesEveryPackage(t *testing.T) {
	raw, err := os.ReadFile(root + "/README.md")
	require.NoError(t, err)
	_, layout, ok := strings.Cut(string(raw), "\n## How it is laid out\n")
	require.True(t, ok)
	layout, _, ok = strings.Cut(layout, "\n## ")
	require.True(t, ok)
	for pkg := range houseMap() {
		require.Regexp(t, `\b`+regexp.QuoteMeta(path.Base(pkg))+`\b`, layout, "package %s", pkg)
	}
}
