package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"tablestep/cmd/tablestep/terminal"
)

// confirmation is the flag of commands that cannot be undone.
type confirmation struct {
	Yes bool `help:"Do not ask. Needed where nobody can answer."`
}

// confirm asks on a terminal, and elsewhere wants --yes. It gives an error where the
// answer is no.
func (c confirmation) confirm(s streams, question string) error {
	if c.Yes {
		return nil
	}
	if !terminal.Is(s.in) {
		return usagef("%s Nobody can be asked here: repeat the command with --yes", question)
	}
	if _, err := fmt.Fprintf(s.err, "%s Type yes to go on: ", question); err != nil {
		return fmt.Errorf("ask: %w", err)
	}
	answer, err := bufio.NewReader(s.in).ReadString('\n')
	if errors.Is(err, errStopped) {
		return errors.Join(newline(s.err), fmt.Errorf("%w: nothing was done", errStopped))
	}
	if err != nil && err != io.EOF { //nolint:errorlint // a bufio.Reader returns io.EOF itself
		return fmt.Errorf("read the answer: %w", err)
	}
	if strings.TrimSpace(strings.ToLower(answer)) != "yes" {
		return errors.New("nothing was done")
	}
	return nil
}
