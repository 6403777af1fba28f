package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"tablestep/api"
	"tablestep/api/admin"
	"tablestep/api/ssfs"
	"tablestep/engine"
	"tablestep/engine/queue"
	queuefile "tablestep/engine/queue/file"
	"tablestep/tables"
	"tablestep/tables/file"
)

// intakeGrace is how long requests under way may take when the service stops. With
// the engine's own bound the whole stop stays within 10 s.
const intakeGrace = 4 * time.Second

// A service is everything that runs, from files to listener.
type service struct {
	config   config
	log      *slog.Logger
	folder   *folder
	listener net.Listener
	keeper   *file.Keeper // the store closes it
	store    *tables.Store
	heap     *heapGuard
	queue    *queuefile.Queue // the engine closes it
	uploads  string           // folder of temporary files
	engine   *engine.Engine
	server   *api.Server
	people   *admin.API // behind the server
	apiKey   string     // one that is valid
	adminKey string     // one that is valid

	adminKeyFile string // where adminKey is kept; empty: it was given
}

// openService opens the data folder and listens. Keys that it makes are printed
// to out, once.
func openService(c config, log *slog.Logger, out io.Writer) (_ *service, err error) {
	s := &service{config: c, log: log}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	// First what may fail without a trace, then what leaves one: the folder is made, the
	// address is taken, keys are written.
	share, err := findDescriptors(c.MaxConnections, log)
	if err != nil {
		return nil, err
	}
	if s.folder, err = openFolder(c.Data, log); err != nil {
		return nil, err
	}
	if s.listener, err = net.Listen("tcp", c.Addr); err != nil {
		return nil, unlistenable(c.Addr, err)
	}
	if err := s.keys(out); err != nil { // once it is sure that the service can be reached
		return nil, err
	}
	if s.uploads, err = s.folder.uploads(); err != nil {
		return nil, err
	}
	if s.config.PublicURL == "" {
		s.config.PublicURL = "http://" + s.listener.Addr().String()
	}
	if s.keeper, err = file.Open(filepath.Join(c.Data, tablesFile), file.Options{}); err != nil {
		return nil, fmt.Errorf("open tables: %w", s.opened(tablesFile, err))
	}
	s.store, err = tables.Open(s.keeper, tables.Options{
		Zone: c.TimeZone.Location, KeepVersions: c.KeepVersions, MemoryBudget: int64(c.TableMemory), Scratch: c.Data, Log: log,
	})
	if err != nil {
		return nil, fmt.Errorf("open tables: %w", s.opened(tablesFile, err))
	}
	// From here on the store may grow to its budget, and the heap with it.
	s.heap = guardHeap(s.store)
	reportMemory(log, int64(c.TableMemory), availableMemory())
	if s.queue, err = s.openQueue(); err != nil {
		return nil, err
	}
	s.engine, err = engine.New(s.store, s.queue, engine.Options{
		MaxLeads: c.MaxLeads, CallbackHosts: c.CallbackHosts, CallbackPrivate: c.CallbackPrivate, OwnAddr: s.ownAddr,
		GiveUpAfter: time.Duration(c.GiveUpAfter), Retention: time.Duration(c.Retention), Log: log,
		Sockets: share.outbound, MyTokens: c.MyTokens,
	})
	if err != nil {
		return nil, errors.Join(err, s.queue.Close())
	}
	// Both files are there now, so that a folder that is moved away later is noticed.
	for _, name := range []string{tablesFile, queueFile} {
		if err := s.folder.hold(name); err != nil {
			return nil, err
		}
	}
	for _, d := range s.store.Damaged() {
		log.Error("damaged and set aside", "what", d.String())
	}
	// The doors come last, when everything behind them can answer.
	step, err := ssfs.New(s.engine, s.store, ssfs.Options{
		PublicURL: s.config.PublicURL, Simple: c.Step == "simple", EnforcePicklist: c.EnforcePicklist, MaxBody: int64(c.MaxBody),
		MyTokens: c.MyTokens,
		Names: ssfs.Names{
			API: c.APIName, Step: c.StepName, Trigger: c.TriggerName, Filter: c.FilterName, Provider: c.ProviderName, Support: c.SupportContact,
		},
	})
	if err != nil {
		return nil, err
	}
	s.people = admin.New(s.engine, s.store, admin.Options{
		Version: buildVersion(), PublicURL: s.config.PublicURL, UploadDir: s.uploads, MaxUpload: int64(c.MaxUpload), Functions: functions,
		Backup: func(ctx context.Context) (admin.Backup, error) { return s.backup(ctx) },
	})
	s.server = api.New(step, s.people, api.Options{
		APIKeys: s.config.APIKeys, AdminKeys: s.config.AdminKeys, Log: log, Ready: s.ready, Damaged: s.store.Damaged,
		MaxConnections: share.inbound, MaxConnectionsPerAddress: c.MaxConnectionsPerAddress, TrustedProxies: prefixes(c.TrustedProxies),
	})
	// The listener takes connections from now on, which are answered once Run is called.
	log.Info("serving", "config", &s.config)
	return s, nil
}

// openQueue opens the file of the queue.
func (s *service) openQueue() (*queuefile.Queue, error) {
	c := &s.config
	q, found, err := queuefile.Open(filepath.Join(c.Data, queueFile), queuefile.Options{
		Bounds: queue.Bounds{Limit: c.QueueLimit, Running: engine.Workers}, MaxBytes: int64(c.QueueBytes),
	})
	if err != nil {
		return nil, s.opened(queueFile, fmt.Errorf("open queue: %w", err))
	}
	s.log.Info("queue opened", "recovered", found)
	return q, nil
}

// opened says what to do about a file that cannot be used.
func (s *service) opened(name string, err error) error {
	if errors.Is(err, tables.ErrDamaged) || errors.Is(err, queue.ErrDamaged) {
		return fmt.Errorf("%s cannot be used: %w. Restore the data folder from a backup; \"tablestep check %s\" lists what is damaged", name, err, s.folder.dir)
	}
	return err
}

// ready tells why the service can take no work, nil if it can.
func (s *service) ready() error {
	return errors.Join(s.store.Err(), s.engine.Ready(), s.folder.check())
}

// keys fills in the keys that are not set.
func (s *service) keys(out io.Writer) error {
	for _, k := range []struct {
		keys       *[]string
		file, what string
	}{
		{&s.config.APIKeys, apiKeyFile, "API key, to be entered in Marketo"},
		{&s.config.AdminKeys, adminFile, "admin key, for the web page and the command line"},
	} {
		if len(*k.keys) > 0 {
			continue
		}
		key, isNew, err := keepKey(s.config.Data, k.file)
		if err != nil {
			return err
		}
		*k.keys = []string{key}
		if k.file == adminFile {
			s.adminKeyFile = filepath.Join(s.config.Data, k.file)
		}
		if isNew {
			if _, err := fmt.Fprintf(out, "%s: %s (kept in %s)\n", k.what, key, filepath.Join(s.config.Data, k.file)); err != nil {
				return fmt.Errorf("print key: %w", err)
			}
		}
	}
	s.apiKey, s.adminKey = s.config.APIKeys[0], s.config.AdminKeys[0]
	return nil
}

func prefixes(networks []network) []netip.Prefix {
	var p []netip.Prefix
	for _, n := range networks {
		p = append(p, netip.Prefix(n))
	}
	return p
}

// ownAddr is where this service itself listens: no callback goes there.
func (s *service) ownAddr() []netip.AddrPort {
	if addr, ok := s.listener.Addr().(*net.TCPAddr); ok {
		return []netip.AddrPort{addr.AddrPort()}
	}
	return nil
}

// Run serves until ctx ends or something can no longer be trusted. Intake stops
// first, then the engine.
func (s *service) Run(ctx context.Context) error {
	serving, stopServing := context.WithCancel(ctx)
	defer stopServing()
	working, stopWorking := context.WithCancel(context.WithoutCancel(ctx))
	defer stopWorking()
	// Whoever ends first ends the others: the intake that of the engine when it is done,
	// the engine and the store that of the intake when they fail.
	var g errgroup.Group
	g.Go(func() error {
		defer stopWorking()
		return s.server.Serve(serving, s.listener, intakeGrace)
	})
	g.Go(func() error {
		// At once, not only when the intake has ended: who stops a process may kill it.
		<-serving.Done()
		s.log.Info("stopping", "uploads", s.people.Receiving())
		s.engine.Stopping(context.WithoutCancel(ctx))
		return nil
	})
	g.Go(func() error {
		defer stopServing()
		return s.engine.Run(working)
	})
	g.Go(func() error {
		defer stopServing()
		select {
		case <-working.Done():
			return nil
		case <-s.store.Failed():
			return fmt.Errorf("keep tables: %w", s.store.Err())
		}
	})
	err := g.Wait()
	s.log.Info("stopped")
	return err
}

// Close closes the files, once Run has returned.
func (s *service) Close() error {
	// A part that was not opened yet is nil; all others are closed whatever the one before
	// said.
	var errs []error
	if s.engine != nil {
		errs = append(errs, s.engine.Close())
	}
	s.heap.stop()
	if s.store != nil {
		errs = append(errs, s.store.Close())
	}
	if s.listener != nil {
		if err := s.listener.Close(); !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	if s.folder != nil { // last: whoever gets the lock finds the files closed
		errs = append(errs, s.folder.Close())
	}
	return errors.Join(errs...)
}
