package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"time"

	"golang.org/x/sys/unix"
)

// Not in x/sys/unix: freeze and thaw a mounted file system (linux/fs.h).
const (
	fiFreeze = 0xC0045877
	fiThaw   = 0xC0045878
)

// pool is the directory with everything the driver keeps:
//
//	volumes/ID/{meta.json,image}
//	snapshots/ID/{meta.json,image}
//	mounts/ID                       where the volume's file system is mounted while it is staged
type pool struct{ dir string }

// meta describes a volume or a snapshot.
type meta struct {
	ID     string    `json:"id"`
	Name   string    `json:"name"`
	Size   int64     `json:"size"`
	Source string    `json:"source,omitempty"` // snapshot: its volume; volume: "volume/ID" or "snapshot/ID"
	Made   time.Time `json:"made"`
	Faults faults    `json:"faults"`
}

const (
	volumes   = "volumes"
	snapshots = "snapshots"
)

func openPool(dir string) (pool, error) {
	p := pool{dir}
	for _, sub := range []string{volumes, snapshots, "mounts"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o750); err != nil {
			return p, err
		}
	}
	// A driver that was killed inside a snapshot left its volume frozen.
	mounts, err := os.ReadDir(filepath.Join(dir, "mounts"))
	for _, entry := range mounts {
		if p.isMounted(entry.Name()) {
			freezeOrThaw(p.mountOf(entry.Name()), fiThaw)
		}
	}
	return p, err
}

func (p pool) image(kind, id string) string { return filepath.Join(p.dir, kind, id, "image") }
func (p pool) mountOf(volume string) string { return filepath.Join(p.dir, "mounts", volume) }

func (p pool) isMounted(volume string) bool {
	var here, parent unix.Stat_t
	return unix.Stat(p.mountOf(volume), &here) == nil && unix.Stat(filepath.Join(p.dir, "mounts"), &parent) == nil && here.Dev != parent.Dev
}

// find returns nil when there is no such volume or snapshot.
func (p pool) find(kind, id string) (*meta, error) {
	if id == "" || id != filepath.Base(id) {
		return nil, nil
	}
	content, err := os.ReadFile(filepath.Join(p.dir, kind, id, "meta.json"))
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ENAMETOOLONG) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	m := new(meta)
	return m, json.Unmarshal(content, m)
}

// list is in the order of the ids.
func (p pool) list(kind string) ([]*meta, error) {
	entries, err := os.ReadDir(filepath.Join(p.dir, kind))
	if err != nil {
		return nil, err
	}
	var found []*meta
	for _, entry := range entries {
		m, err := p.find(kind, entry.Name())
		if err != nil {
			return nil, err
		}
		if m != nil && m.ID == entry.Name() {
			found = append(found, m)
		}
	}
	sort.Slice(found, func(i, j int) bool { return found[i].ID < found[j].ID })
	return found, nil
}

// add makes the image with fill, and lets the whole appear at once.
func (p pool) add(kind string, m *meta, fill func(image string) error) error {
	partial := filepath.Join(p.dir, kind, "."+m.ID)
	if err := os.RemoveAll(partial); err != nil {
		return err
	}
	if err := os.Mkdir(partial, 0o750); err != nil {
		return err
	}
	if err := fill(filepath.Join(partial, "image")); err != nil {
		return errors.Join(err, os.RemoveAll(partial))
	}
	content, err := json.Marshal(m)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(partial, "meta.json"), content, 0o640); err != nil {
		return err
	}
	return os.Rename(partial, filepath.Join(p.dir, kind, m.ID))
}

func (p pool) remove(kind, id string) error {
	return os.RemoveAll(filepath.Join(p.dir, kind, id))
}

// format makes an empty file system of the size.
func format(image string, size int64) error {
	if err := resize(image, size); err != nil {
		return err
	}
	return run("mkfs.ext4", "-q", "-F", "-m", "0", image)
}

func resize(image string, size int64) error {
	file, err := os.OpenFile(image, os.O_CREATE|os.O_WRONLY, 0o640)
	if err != nil {
		return err
	}
	return errors.Join(file.Truncate(size), file.Close())
}

// copyVolume is one point in time of the volume, with everything written before the call, even where nobody called fsync.
func (p pool) copyVolume(id, to string) error {
	if p.isMounted(id) {
		if err := freezeOrThaw(p.mountOf(id), fiFreeze); err != nil {
			return fmt.Errorf("freeze: %w", err)
		}
		defer freezeOrThaw(p.mountOf(id), fiThaw)
	}
	return reflink(p.image(volumes, id), to)
}

func freezeOrThaw(mount string, request uint) error {
	dir, err := os.Open(mount)
	if err != nil {
		return err
	}
	defer dir.Close()
	return unix.IoctlSetInt(int(dir.Fd()), request, 0)
}

func reflink(from, to string) error {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o640)
	if err != nil {
		return err
	}
	return errors.Join(unix.IoctlFileClone(int(target.Fd()), int(source.Fd())), target.Close())
}

func run(command string, arguments ...string) error {
	if output, err := exec.Command(command, arguments...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s %v: %w: %s", command, arguments, err, output)
	}
	return nil
}
