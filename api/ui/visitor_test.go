package ui_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"tablestep/api/apitest"
)

// go test ./api/ui/ -run Browser -pictures DIR keeps a picture of every view.
var pictures = flag.String("pictures", "", "folder for pictures of the page in light, dark and narrow")

// A visitor is a person at a browser with the page of a whole service open.
type visitor struct {
	t        *testing.T
	tab      context.Context
	base     string
	service  *apitest.Service
	wire     *wire
	mu       sync.Mutex // guards complaints
	complain []string
}

// visit starts a service and a browser, and the wire between them.
func visit(t *testing.T, settings apitest.Settings) *visitor {
	t.Helper()
	if testing.Short() {
		t.Skip("starts a browser")
	}
	browser := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			browser = found
			break
		}
	}
	if browser == "" {
		t.Skip("no chromium or chrome is installed: the page was not tried in a browser")
	}

	service := apitest.Start(t, settings)
	wire := newWire(t, service.URL)
	allocator, stop := chromedp.NewExecAllocator(context.Background(),
		chromedp.ExecPath(browser),
		chromedp.UserDataDir(t.TempDir()),
		chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("no-proxy-server", true),
	)
	tab, closeTab := chromedp.NewContext(allocator)
	v := &visitor{t: t, tab: tab, base: wire.url, service: service, wire: wire}
	t.Cleanup(func() {
		closeTab()
		stop()
	})
	require.NoError(t, chromedp.Do(tab)) // starts the browser, which lives as long as this context
	require.NoError(t, chromedp.Listen(tab, v.listen))
	limited, cancel := context.WithTimeout(tab, 2*time.Minute)
	t.Cleanup(cancel)
	v.tab = limited
	v.do(chromedp.EmulateViewport(1100, 800))
	return v
}

// listen keeps what the browser objects to: broken policies and script errors.
// Answers with an error status are part of the story and are not kept.
func (v *visitor) listen(event any) {
	text := ""
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		text = e.ExceptionDetails.Text
	case *log.EventEntryAdded:
		if e.Entry.Source != log.EntrySourceNetwork {
			text = e.Entry.Text
		}
	}
	if text != "" {
		v.mu.Lock()
		defer v.mu.Unlock()
		v.complain = append(v.complain, text)
	}
}

func (v *visitor) requireNoComplaints() {
	v.t.Helper()
	v.mu.Lock()
	defer v.mu.Unlock()
	require.Empty(v.t, v.complain)
}

func (v *visitor) do(steps ...chromedp.Action[chromedp.Void]) {
	v.t.Helper()
	require.NoError(v.t, chromedp.Do(v.tab, steps...))
}

// eval gives the value of an expression in the page.
func eval[T any](v *visitor, expression string) T {
	v.t.Helper()
	value, err := chromedp.Run(v.tab, chromedp.Evaluate[T](expression))
	require.NoError(v.t, err)
	return value
}

func quoted(text string) string { return fmt.Sprintf("%q", text) }

// sees waits until the page shows a text, and says what it shows where it does not.
func (v *visitor) sees(text string) {
	v.t.Helper()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if eval[bool](v, `document.body.innerText.includes(`+quoted(text)+`)`) {
			return
		}
		require.True(v.t, time.Now().Before(end), "waiting for %q in:\n%s", text, v.text())
	}
}

func (v *visitor) text() string {
	v.t.Helper()
	return eval[string](v, `document.body.innerText`)
}

// press uses the button or link with this text from the keyboard: it is focused,
// then Enter is pressed.
func (v *visitor) press(text string) {
	v.t.Helper()
	find := `[...document.querySelectorAll('main button, header button, main a, dialog button, summary')]
		.find((b) => b.textContent.trim() === ` + quoted(text) + ` && b.checkVisibility() && !b.disabled)`
	require.Eventually(v.t, func() bool { return eval[bool](v, `!!(`+find+`)`) }, 20*time.Second, 50*time.Millisecond, "no %q to press in:\n%s", text, v.text())
	require.True(v.t, eval[bool](v, `{ const b = `+find+`; b.focus(); document.activeElement === b }`), "%q takes no focus", text)
	v.do(chromedp.KeyEvent("\r"))
}

// fill types into the input that a label names.
func (v *visitor) fill(label, text string) {
	v.t.Helper()
	found := eval[bool](v, `{
		const label = [...document.querySelectorAll('label')].find((l) => l.textContent === `+quoted(label)+`);
		label?.control?.focus();
		label?.control?.select?.();
		!!label?.control;
	}`)
	require.True(v.t, found, "no input is labelled %q", label)
	v.do(chromedp.KeyEvent(text))
}

func (v *visitor) choose(label, value string) {
	v.t.Helper()
	require.True(v.t, eval[bool](v, `{
		const label = [...document.querySelectorAll('label')].find((l) => l.textContent === `+quoted(label)+`);
		label.control.value = `+quoted(value)+`;
		label.control.dispatchEvent(new Event('change', { bubbles: true }));
		label.control.value === `+quoted(value)+`;
	}`), "%q has no choice %q", label, value)
}

// logIn opens the page and logs in.
func (v *visitor) logIn() {
	v.t.Helper()
	v.do(chromedp.Navigate(v.base + "/ui"))
	v.sees("Admin key")
	v.fill("Admin key", apitest.AdminKey+"\r")
	v.sees("Tables")
}

// offer gives a file to the drop zone, as the file dialog does.
func (v *visitor) offer(name, content string) {
	v.t.Helper()
	file := filepath.Join(v.t.TempDir(), name)
	require.NoError(v.t, os.WriteFile(file, []byte(content), 0o600))
	v.do(chromedp.WaitReady(chromedp.CSS("#file")), chromedp.SetUploadFiles(chromedp.CSS("#file"), []string{file}))
}

// picture checks the view at 360 px, in every look, and keeps it where asked.
func (v *visitor) picture(name string) {
	v.t.Helper()
	for _, look := range []struct {
		name, scheme string
		width        int64
	}{{"light", "light", 1100}, {"dark", "dark", 1100}, {"narrow", "light", 360}} {
		_, err := chromedp.Call(v.tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: look.scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}},
		})
		require.NoError(v.t, err)
		v.do(chromedp.EmulateViewport(look.width, 800))
		require.LessOrEqual(v.t, eval[int64](v, `document.documentElement.scrollWidth`), look.width, "%s is wider than the screen: %s", name,
			eval[string](v, `[...document.querySelectorAll('main *')].filter((e) => e.getBoundingClientRect().right > innerWidth && !e.closest('.scroll')).map((e) => e.outerHTML.slice(0, 90)).join('\n')`))
		if *pictures != "" {
			image, err := chromedp.Run(v.tab, chromedp.FullScreenshot(100))
			require.NoError(v.t, err)
			require.NoError(v.t, os.WriteFile(filepath.Join(*pictures, name+"-"+look.name+".png"), image, 0o600))
		}
	}
	v.do(chromedp.EmulateViewport(1100, 800))
	v.requireNames(name)
}

// requireNames asserts that everything one can operate has a name and each id is used once.
func (v *visitor) requireNames(view string) {
	v.t.Helper()
	nameless := eval[[]string](v, `[...document.querySelectorAll('main input, main select, main textarea, main button, main a, progress')]
		.filter((e) => !(e.labels?.length > 0 || e.textContent.trim() && e.tagName !== 'SELECT' || e.getAttribute('aria-label')))
		.map((e) => e.outerHTML)`)
	require.Empty(v.t, nameless, "%s has controls without a name", view)
	twice := eval[[]string](v, `[...document.querySelectorAll('[id]')].map((e) => e.id).filter((id, i, all) => all.indexOf(id) !== i)`)
	require.Empty(v.t, twice, "%s uses ids twice", view)
	require.Equal(v.t, 1, eval[int](v, `document.querySelectorAll('h1').length`), "%s has not one heading", view)
}
