package admin

import (
	"fmt"
	"io"
	"time"

	"github.com/gofiber/fiber/v2"
)

// backupTime is how long a client may take to fetch a backup, which may be of many gigabytes.
const backupTime = 6 * time.Hour

const mediaTar = "application/x-tar"

// A Backup is everything that is durable, of one moment, ready to be sent.
type Backup interface {
	io.WriterTo
	Size() int64 // bytes that WriteTo writes
	Close() error
}

// backup takes a backup, one at a time, and sends it. What goes wrong while it is taken
// can still be told; a client that has got fewer bytes than it was told has no backup.
func (a *API) backup(c *fiber.Ctx) error {
	select {
	case a.backups <- struct{}{}:
	default:
		return fiber.NewError(fiber.StatusTooManyRequests, "a backup is being taken or sent already; try again when it is done")
	}
	b, err := a.options.Backup(c.UserContext())
	if err != nil {
		<-a.backups
		return err
	}
	c.Set(fiber.HeaderContentType, mediaTar)
	c.Set(fiber.HeaderContentDisposition, fmt.Sprintf("attachment; filename=%q", "tablestep-"+time.Now().UTC().Format("20060102T150405Z")+".tar"))
	return c.SendStream(a.stream(b), int(b.Size()))
}

// stream gives a backup as it is read. Closing it, which the server does in any case,
// ends the backup.
func (a *API) stream(b Backup) io.ReadCloser {
	r, w := io.Pipe()
	written := make(chan struct{})
	go func() {
		defer close(written)
		_, err := b.WriteTo(w)
		_ = w.CloseWithError(err) // it always succeeds
	}()
	return &backupStream{r, func() error {
		_ = r.Close() // likewise; the writer ends
		<-written
		defer func() { <-a.backups }()
		return b.Close()
	}}
}

type backupStream struct {
	*io.PipeReader
	end func() error
}

// Close may be called again.
func (s *backupStream) Close() error {
	end := s.end
	if end == nil {
		return nil
	}
	s.end = nil
	if err := end(); err != nil {
		return fmt.Errorf("end of backup: %w", err)
	}
	return nil
}
