package main

import (
	"fmt"
	"log/slog"

	"tablestep/api"
)

// Descriptors that are neither connections nor callbacks: the files of the data
// folder, uploads and what they are unpacked to, the listener, the runtime's own.
// At a low limit a quarter must do.
const (
	ownDescriptors   = 64
	leastDescriptors = 64 // below which there is no sense in starting
)

// Descriptors says who may have how many, so that none of those who open them can
// take away what another needs.
//
//	limit ─┬─ our own files, at most 64
//	       ├─ half of the rest: connections that come in, at most api.DefaultMaxConnections
//	       └─ what is left: callbacks that go out
type descriptors struct {
	limit    int // 0: there is none
	inbound  int // 0: the default
	outbound int // 0: no bound
}

// shareDescriptors divides what there is. asked is the setting of --max-connections,
// 0 for none; as much of it is given as leaves a quarter to callbacks.
func shareDescriptors(limit, asked int) (descriptors, error) {
	d := descriptors{limit: limit, inbound: asked}
	if limit == 0 {
		return d, nil
	}
	if limit < leastDescriptors {
		return d, fmt.Errorf("at most %d open files are allowed, at least %d are needed: raise the limit (ulimit -n, LimitNOFILE of systemd, --ulimit nofile of docker)", limit, leastDescriptors)
	}
	shared := limit - min(ownDescriptors, limit/4)
	if d.inbound = min(shared/2, api.DefaultMaxConnections); asked > 0 {
		d.inbound = min(asked, shared*3/4)
	}
	d.outbound = shared - d.inbound
	return d, nil
}

// findDescriptors raises the limit as far as it may be raised, and divides it.
func findDescriptors(asked int, log *slog.Logger) (descriptors, error) {
	found, limit, err := raiseDescriptors()
	if err != nil {
		return descriptors{}, fmt.Errorf("find the limit of open files: %w", err)
	}
	d, err := shareDescriptors(limit, asked)
	if err != nil {
		return d, err
	}
	if d.inbound < asked {
		log.Warn("--max-connections is more than the limit of open files has room for", "asked", asked, "used", d.inbound, "limit", limit)
	}
	log.Info("descriptors", "limit", limit, "found", found, "connections", d.inbound, "callbacks", d.outbound)
	return d, nil
}
