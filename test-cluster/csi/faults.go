package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// faults is the misbehaviour a StorageClass or VolumeSnapshotClass asks for in its parameters.
type faults struct {
	// Fail (parameter "fail"): the call that makes the volume or snapshot is refused with this message.
	Fail string `json:"fail,omitempty"`
	// NeverReady (parameter "ready": "never"): the snapshot is taken, but never becomes ready to use.
	NeverReady bool `json:"neverReady,omitempty"`
	// ReadyAfter (parameter "readyAfterSeconds"): the snapshot is taken at once and becomes ready later.
	ReadyAfter time.Duration `json:"readyAfter,omitempty"`
	// Fuse (parameter "fileSystem": "fuse"): pods reach the volume through a program in user space, as with sshfs or s3fs.
	Fuse bool `json:"fuse,omitempty"`
}

func faultsFrom(parameters map[string]string) (faults, error) {
	var f faults
	for key, value := range parameters {
		switch {
		case key == "fail":
			f.Fail = value
		case key == "ready" && value == "never":
			f.NeverReady = true
		case key == "fileSystem" && value == "fuse":
			f.Fuse = true
		case key == "readyAfterSeconds":
			seconds, err := strconv.Atoi(value)
			if err != nil {
				return f, fmt.Errorf("readyAfterSeconds: %w", err)
			}
			f.ReadyAfter = time.Duration(seconds) * time.Second
		case strings.HasPrefix(key, "csi.storage.k8s.io/"):
		default:
			return f, fmt.Errorf("unknown parameter %s: %s", key, value)
		}
	}
	return f, nil
}

func (f faults) ready(made, now time.Time) bool {
	return !f.NeverReady && now.Sub(made) >= f.ReadyAfter
}
